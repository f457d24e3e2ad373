import type { ProbeErrorKind } from 'fanops-protocol';

/** A probe that got no answer; `code` is the system's own, such as ENOTFOUND, ECONNREFUSED or CERT_HAS_EXPIRED. */
export class ProbeError extends Error {
  /** Address and port that were tried, as far as it came. */
  address?: string;

  constructor(
    readonly kind: ProbeErrorKind,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ProbeError';
  }
}

const REFUSED = new Set(['ECONNREFUSED']);
const UNREACHABLE = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
  'EACCES',
  'EPERM',
]);
const TIMEOUT = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT']);
const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);
const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL/;

interface SystemError extends NodeJS.ErrnoException {
  address?: string;
  port?: number;
  /** Of several addresses, why each failed. */
  errors?: SystemError[];
}

/** Names what a failed request ran into. */
export function toProbeError(thrown: unknown): ProbeError {
  if (thrown instanceof ProbeError) return thrown;
  const given = thrown as SystemError;
  const error = given.errors?.[0] ?? given;
  const code = error.code ?? given.code ?? given.name;
  const found = new ProbeError(kindOf(code, error.syscall), code, error.message || code);
  const tried = (given.errors ?? [given]).flatMap(({ address, port }) => (address ? at(address, port) : []));
  if (tried.length > 0) found.address = [...new Set(tried)].join(', ');
  return found;
}

function kindOf(code: string, syscall: string | undefined): ProbeErrorKind {
  if (syscall === 'getaddrinfo') return 'resolve';
  if (REFUSED.has(code)) return 'refused';
  if (UNREACHABLE.has(code)) return 'unreachable';
  if (TIMEOUT.has(code)) return 'timeout';
  if (RESET.has(code)) return 'reset';
  if (CERTIFICATE.test(code)) return 'certificate';
  return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO' ? 'tls' : 'protocol';
}

/** `10.0.0.4:80`, `[fd00::4]:80`. */
export const at = (address: string, port: number | undefined): string => {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
};
