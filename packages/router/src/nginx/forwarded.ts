import { forwardedHeaders, identityHeaders, lookalikes } from '../forwarded.js';

const variable = (name: string): string => name.replaceAll('-', '_');

/** What the router itself says; `x-forwarded-for` grows, the others stay when a trusted proxy has said them. */
const own: Record<(typeof forwardedHeaders)[number], string> = {
  'x-forwarded-for': '$remote_addr',
  'x-forwarded-host': '$http_host',
  'x-forwarded-proto': '$scheme',
  'x-forwarded-port': '$server_port',
  'x-real-ip': '$remote_addr',
};

/** The variables `$fanops_*` for the headers by which proxies say who asked. */
export function forwardedMaps(trustedProxies: readonly string[] = []): string {
  const geo = ['  geo $fanops_trusted {', '    default "";', ...trustedProxies.map((each) => `    ${each} 1;`), '  }'];
  const maps = forwardedHeaders.map((name) => {
    const sent = name === 'x-forwarded-for' ? '$proxy_add_x_forwarded_for' : `$http_${variable(name)}`;
    return (
      `  map "$fanops_trusted:$http_${variable(name)}" $fanops_${variable(name)} { default ` +
      `"${own[name]}"; "~^1:." "${sent}"; }`
    );
  });
  const others = identityHeaders.map(
    (name) => `  map $fanops_trusted $fanops_${variable(name)} { default ""; 1 $http_${variable(name)}; }`,
  );
  return [...geo, ...maps, ...others].join('\n');
}

/** The lines that give a placement those headers, and nothing that looks like them. */
export const forwardedLines = [
  ...[...forwardedHeaders, ...identityHeaders].map(
    (name) => `      proxy_set_header ${name} $fanops_${variable(name)};`,
  ),
  ...lookalikes.map((name) => `      proxy_set_header ${name} "";`),
].join('\n');
