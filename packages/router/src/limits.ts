import type { Timeouts, TimeoutSettings } from 'fanops-protocol';

/** Sizes that every engine keeps to, in bytes; `docs/router.md` has them as a table. */
export const limits = {
  /** Request line and headers together, with their line ends; more is 431. */
  requestHead: 32 << 10,
  /** Lines of headers; more is 431. */
  requestHeaders: 1000,
  /** Path and query; more is 414. */
  requestTarget: 16 << 10,
  /** Status line and headers of a placement; more is 502. */
  responseHead: 32 << 10,
  /** As many lines of headers in a response are 502 already. */
  responseHeaders: 1000,
  /** What an engine reads of a head at most, so that it can answer as above. */
  parser: 128 << 10,
  /** Characters of a Host header. */
  host: 300,
};

/** 230 s is what Azure's own front end allows a function; 75 s is longer than proxies in front keep a connection. */
export const defaultTimeouts: Timeouts = {
  headerMs: 60_000,
  bodyMs: 230_000,
  connectMs: 10_000,
  responseMs: 230_000,
  keepAliveMs: 75_000,
};

export const timeoutsOf = ({ timeouts }: { timeouts?: TimeoutSettings | undefined }): Timeouts => ({
  ...defaultTimeouts,
  ...timeouts,
});

/** Methods that pass; those that Node's parser knows, without CONNECT and TRACE. */
export const methods = [
  'ACL',
  'BIND',
  'CHECKOUT',
  'COPY',
  'DELETE',
  'GET',
  'HEAD',
  'LINK',
  'LOCK',
  'M-SEARCH',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'NOTIFY',
  'OPTIONS',
  'PATCH',
  'POST',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'PUT',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SOURCE',
  'SUBSCRIBE',
  'UNBIND',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
];

/** Expressions that the engines share, in what PCRE and JavaScript have in common. */
export const patterns = {
  /** A host with an optional port: names of letters, digits, dashes and underscores, IPv4, IPv6 in brackets. */
  host: `^(?=.{1,${limits.host}}$)(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*\\.?)(?::[0-9]*)?$`,
  /** What no path may hold: bytes that are no printable ASCII, a fragment, half an escape sequence, a NUL. */
  badPath: '[^\\x21-\\x7e]|#|%(?![0-9A-Fa-f]{2})|%00',
  /** Bytes that no header may hold; nginx cannot look for them. */
  badHeader: '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]',
};
