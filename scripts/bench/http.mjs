// Requests a second of the router: against nginx and against none.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { freePort } from './fleet.mjs';
import { sideBySide } from './measure.mjs';
import { load, startServer } from './servers.mjs';

const ROUNDS = 5;
const app = join(root, 'scripts/bench/app');
const node = process.execPath;
const env = { ...process.env, NODE_ENV: 'production' };

/** Starts servers for the time of some work; all of them end, whatever happens. */
export async function* withServers(starts, work) {
  const dir = mkdtempSync(join(tmpdir(), 'fb-http-'));
  const stops = [];
  try {
    const ports = [];
    for (const start of starts) {
      const port = await freePort();
      stops.push(await startServer(...start(port, dir, ports), port, { env, cwd: dir }));
      ports.push(port);
    }
    yield* work(ports);
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const upstream = (port) => [node, [join(app, 'upstream.js'), String(port)]];

function router(port, dir, [behind]) {
  const own = join(dir, 'router');
  mkdirSync(join(own, 'routes'), { recursive: true });
  const placements = [{ name: 'vm', url: `http://127.0.0.1:${behind}`, weight: 100 }];
  writeFileSync(join(own, 'router.json'), JSON.stringify({ listen: { address: '127.0.0.1', port } }));
  writeFileSync(
    join(own, 'routes/m1.json'),
    JSON.stringify({ service: 'm1', version: 1, fence: 1, path: '/api', placements }),
  );
  return [node, [join(root, 'packages/router/dist/bundle/router.cjs'), 'serve', '--dir', own]];
}

/** One worker and a log, as the router has; a connection of its own for each request behind it, as the router makes. */
function nginx(port, dir, [behind]) {
  const file = join(dir, 'nginx.conf');
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${dir}/nginx.pid; error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http {
  log_format json escape=json '{"time":"$time_iso8601","status":$status,"seconds":$request_time,"path":"$uri"}';
  access_log ${dir}/access.log json;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/fastcgi; uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${behind}; proxy_http_version 1.1; proxy_set_header Connection close; } }
}
`,
  );
  return ['nginx', ['-c', file, '-p', dir]];
}

const hasNginx = () => spawnSync('nginx', ['-v'], { stdio: 'ignore' }).error === undefined;

/** @returns {AsyncGenerator<import('./report.mjs').Row>} */
export async function* http() {
  const row = (what, a, b, aim, measured) => ({
    what,
    label: { a, b },
    unit: 'requests/s',
    aim,
    command: 'autocannon -c 20 -d 3',
    ...measured,
  });
  const get = (port) => load(`http://127.0.0.1:${port}/api/gates/A1?window=5`);
  yield* withServers([upstream, router], async function* ([behind, through]) {
    yield row(
      'One upstream',
      'through the embedded router',
      'without a router',
      undefined,
      await sideBySide(ROUNDS, get(through), get(behind)),
    );
  });
  if (!hasNginx()) {
    yield { skipped: 'The embedded router against nginx: there is no nginx on this machine' };
    return;
  }
  yield* withServers([upstream, router, nginx], async function* ([, own, other]) {
    yield row(
      'One upstream',
      'through the embedded router',
      'through nginx, one worker',
      undefined,
      await sideBySide(ROUNDS, get(own), get(other)),
    );
  });
}
