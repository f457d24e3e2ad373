import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { fixture, packageRoot } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { ask } from './running.js';

const run = promisify(execFile);
const pm2Bin = createRequire(import.meta.url).resolve('pm2/bin/pm2');

it('in a PM2 cluster metrics are of all processes, and a blocked process is replaced while the other one answers', async () => {
  const home = mkdtempSync(join(tmpdir(), 'fh-edge-'));
  const pm2 = (...args: string[]): Promise<{ stdout: string }> =>
    run(process.execPath, [pm2Bin, ...args], {
      env: { PATH: process.env.PATH, PM2_HOME: home, HOME: home },
      timeout: 60_000,
    });
  onTestFinished(async () => {
    await pm2('kill');
    rmSync(home, { recursive: true, force: true });
  });
  const log = (name: string): string => readFileSync(join(home, name), 'utf8');
  writeFileSync(
    join(home, 'ecosystem.json'),
    JSON.stringify({
      apps: [
        {
          name: 'edge',
          script: join(packageRoot, 'dist', 'bundle', 'functions-host.cjs'),
          args: ['--root', fixture('edge-http'), '--port', '0', '--state', join(home, 'state')],
          exec_mode: 'cluster',
          instances: 2,
          wait_ready: true,
          listen_timeout: 20_000,
          kill_timeout: 30_000,
          out_file: join(home, 'out.log'),
          error_file: join(home, 'err.log'),
          merge_logs: true,
          env: { FANOPS_WATCHDOG_SECONDS: '2' },
        },
      ],
    }),
  );
  await pm2('start', join(home, 'ecosystem.json'));
  const url = `http://127.0.0.1:${/^ready http:\/\/127\.0\.0\.1:(\d+)$/m.exec(log('out.log'))?.[1]}`;

  const pids = new Set<number>();
  const seePid = async (): Promise<void> => {
    pids.add((JSON.parse((await ask(url, '/_fanops/health')).body) as { pid: number }).pid);
  };
  await waitFor('both processes to answer', () => seePid().then(() => pids.size === 2));
  const { body } = await ask(url, '/_fanops/metrics');
  expect([...new Set(body.match(/process_resident_memory_bytes\{process="\d"\}/g))]).toHaveLength(2);

  const blocked = ask(url, '/api/blocks').then(
    () => 'answered',
    () => 'cut',
  );
  await waitFor('the watchdog to speak', () => log('err.log').includes('The event loop was blocked for'));
  expect(await blocked).toBe('cut');
  await waitFor('a new process in its place', () => seePid().then(() => pids.size === 3));
}, 120_000);
