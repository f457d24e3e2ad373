import { forwardedHeaders, identityHeaders, lookalikes } from '../forwarded.js';

/** What the router itself says where no trusted proxy has said it. */
const own: Record<Exclude<(typeof forwardedHeaders)[number], 'x-forwarded-for'>, string> = {
  'x-forwarded-host': '%[req.hdr(host)] if { req.hdr(host) -m found }',
  'x-forwarded-proto': 'https if { ssl_fc }',
  'x-forwarded-port': '%[dst_port]',
  'x-real-ip': '%[src]',
};

/** The rules that give placements the headers by which proxies say who asked, and nothing that looks like them. */
export function forwardedRules(trustedProxies: readonly string[] = []): string {
  const isTrusted = trustedProxies.length === 0 ? '' : ' unless { var(txn.trusted) -m bool }';
  return [
    ...(trustedProxies.length === 0
      ? []
      : [`  http-request set-var(txn.trusted) bool(true) if { src ${trustedProxies.join(' ')} }`]),
    ...[...forwardedHeaders, ...identityHeaders].map((name) => `  http-request del-header ${name}${isTrusted}`),
    ...lookalikes.map((name) => `  http-request del-header ${name}`),
    '  http-request add-header x-forwarded-for %[src]',
    ...Object.entries(own).map(
      ([name, value]) =>
        `  http-request set-header ${name} ${value}${value.includes(' if ') ? '' : ' if'} !{ ` +
        `req.hdr(${name}) -m found }`,
    ),
    '  http-request set-header x-forwarded-proto http if !{ req.hdr(x-forwarded-proto) -m found }',
  ].join('\n');
}
