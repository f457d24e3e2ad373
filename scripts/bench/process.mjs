// Time and memory of one server process, from its start.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './fleet.mjs';

/** Starts what `make` names, waits until `path` is answered by 200, works, and ends it. */
async function withProcess(make, path, more, work) {
  const dir = mkdtempSync(join(tmpdir(), 'fb-proc-'));
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(...make(port, dir), {
    cwd: dir,
    env: { ...process.env, NODE_ENV: 'production', ...more },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    const ok = async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      return fetch(`http://127.0.0.1:${port}${path}`).then(
        (answer) => answer.status === 200,
        () => false,
      );
    };
    while (!(await ok())) {
      if (performance.now() - begun > 20_000) throw new Error(`${path} was not answered within 20 s`);
      await delay(2);
    }
    return await work({ ms: performance.now() - begun, pid: child.pid, port });
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** MB */
function resident(pid) {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** MB; the kernel keeps the highest value on Linux, elsewhere the last one is taken. */
function mostResident(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return resident(pid);
  }
}

/** @returns {Promise<number>} milliseconds from the start to the first answer of 200 */
export const readyAfter = (make, path) => withProcess(make, path, {}, async ({ ms }) => ms);

/** @returns {Promise<number>} MB after the start and one request, with so many functions */
export const residentAfterStart = (make, functions) =>
  withProcess(make, '/api/gates0/A1', { BENCH_FUNCTIONS: String(functions) }, async ({ pid }) => resident(pid));

/** @returns {Promise<number>} the most MB that the process had while it worked */
export const memoryOf = (make, work) =>
  withProcess(make, '/api/down?megabytes=0', {}, async ({ pid, port }) => {
    await work(port);
    return mostResident(pid);
  });
