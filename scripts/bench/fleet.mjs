// A small fleet in a temporary folder: two local hosts and the embedded router, for what needs hosts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { timed } from './measure.mjs';

export const fanops = join(root, 'bin/run.js');

/** A port that nothing listens on at this moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
      });
  });
}

/** @returns {Promise<{ dir: string, env: NodeJS.ProcessEnv, stop(): Promise<void> }>} */
export async function benchFleet() {
  const dir = mkdtempSync(join(tmpdir(), 'fb-'));
  const kept = Object.entries(process.env).filter(([name]) => !/^(FANOPS_|NODE_OPTIONS$|CI$)/.test(name));
  const env = { ...Object.fromEntries(kept), FANOPS_TRUST: dir, XDG_STATE_HOME: `${dir}/state` };
  const run = (...args) => timed(process.execPath, [fanops, ...args], { cwd: dir, env });
  mkdirSync(join(dir, 'm1'));
  writeFileSync(
    join(dir, 'fanops.yaml'),
    `fleet: bench
fanops: ">=0.1"
providers:
  local: { root: ${join(dir, 'h')}, ports: "44000-44999" }
hosts:
  app-1: { provider: local, roles: [app] }
  router-1: { provider: local, roles: [router] }
router: { host: router-1, listen: ${await freePort()} }
services:
  m1:
    source: ./m1
    route: { path: /api/flow }
    placements:
      azure: { platform: azure-functions, url: "http://127.0.0.1:9" }
`,
  );
  const stop = async () => {
    await run('host', 'destroy', '--all', '--yes');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await run('host', 'provision', '--all', '--yes');
    await run('router', 'apply', '--yes');
  } catch (error) {
    await stop();
    throw error;
  }
  return { dir, env, stop };
}
