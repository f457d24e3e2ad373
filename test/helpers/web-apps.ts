import { MACHINE_IMAGE } from './machine-image.js';

/** What a web app in Node tells of a request, so that it is seen what the proxies make of it. */
const NODE_APP = `
const { createServer } = require('node:http');
let posts = 0;
createServer((req, res) => {
  const wait = Number(new URL(req.url, 'http://x').searchParams.get('ms') ?? 0);
  if (req.method === 'POST') posts += 1;
  let bytes = 0;
  req.on('data', (chunk) => (bytes += chunk.length));
  req.on('end', () => setTimeout(() => {
    console.log('answers ' + req.url);
    res.end(JSON.stringify({ headers: req.headers, bytes, posts, greeting: process.env.GREETING }));
  }, wait));
}).listen(process.env.PORT, '0.0.0.0');
`;
const PYTHON_APP = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from Python")
http.server.HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
`;
const OWN_DOCKERFILE = `FROM ${MACHINE_IMAGE}
COPY index.html /www/index.html
EXPOSE 8000
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
`;
/** So long that no network takes a name with it for that of a container. */
export const PAIR = 'web-pair-with-a-name-that-is-quite-long';
export const GREETING = 'a "quoted" $value # with spaces ';

/** Web apps by their names, each by its files. */
export const WEB: Record<string, Record<string, string>> = {
  'web-node': { 'server.js': NODE_APP, 'package.json': '{"name":"w","scripts":{"start":"node server.js"}}' },
  'web-python': { 'app.py': PYTHON_APP },
  // The route is not cut off: what is asked below it lies in a folder of its name.
  'web-own': { Dockerfile: OWN_DOCKERFILE.replace('/www/index', '/www/own/index'), 'index.html': 'hello from a file' },
  [PAIR]: { Dockerfile: OWN_DOCKERFILE.replace('/www/index', '/www/pair/index'), 'index.html': 'hello from two' },
};

/** Ports of containers. */
export type Ports = Record<'box' | 'node' | 'python' | 'own' | 'pair' | 'second', number>;

/** The file of a test fleet with these apps on platform docker. */
export function webFleet(text: string, ports: Ports): string {
  const box = (port: number, on = 'host: app-2'): string =>
    `box: { platform: docker, ${on}, port: ${port}, base: "${MACHINE_IMAGE}", proxyBase: "${MACHINE_IMAGE}" }`;
  const standIn = /azure: .*url: ("[^"]+")/.exec(text)?.[1] ?? '';
  const web = (name: string, path: string, port: number, more = '', on?: string): string => `  ${name}:
    source: ./${name}
    route: { path: ${path} }
    ${more}
    placements: { old: { platform: external, url: ${standIn} }, ${box(port, on)} }
    gate: { minRequests: 3, latencyFloor: 8s, timeout: 15s }
`;
  return text
    .replace('    placements:', '    keys: file:keys.json\n    placements:')
    .replace(
      'hosts:\n',
      (line) => `${line}${['app-2', 'app-3'].map((host) => `  ${host}: { provider: local, roles: [app] }\n`).join('')}`,
    )
    .replace(/( {6})vm: .*\n/, (line) => `${line}      ${box(ports.box)}\n`)
    .replace(
      'timing:',
      `${web('web-node', '/node', ports.node, `settings: { GREETING: ${JSON.stringify(GREETING)} }`)}${web(
        'web-python',
        '/python',
        ports.python,
        'web: { command: [python3, app.py] }',
      )}${web('web-own', '/own', ports.own, 'web: { health: /own/index.html }')}${web(PAIR, '/pair', ports.pair, 'web: { health: /pair/index.html }', `hosts: [app-2, { host: app-3, port: ${ports.second} }]`)}timing:`,
    );
}
