import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { version } from 'fanops-functions-host';
import { expect, it } from 'vitest';
import type { Shutdown } from '../src/protocol.js';
import { fixture, packageRoot, startFixture, tempDir } from './helpers/host.js';
import { waitFor } from './helpers/wait.js';

const exitOf = (host: Awaited<ReturnType<typeof startFixture>>): Promise<number | true> =>
  waitFor('the process to end', () => host.process.exitCode ?? undefined).then((code) => code);

it('3.9 a function over functionTimeout gets 500, then the process is replaced (exit code 1)', async () => {
  const host = await startFixture('http', { env: { AzureFunctionsJobHost__functionTimeout: '00:00:01' } });
  const answer = await fetch(`${host.url}/api/slow`);
  expect([answer.status, await answer.text()]).toEqual([500, '']);
  expect(await exitOf(host)).toBe(1);
  expect(host.stderr()).toContain('ran out of time');
});

it('3.9 an exception outside of an invocation ends the process with 1, with a log line', async () => {
  const host = await startFixture('http');
  await fetch(`${host.url}/api/crash`).catch(() => undefined); // the answer may or may not get out
  expect(await exitOf(host)).toBe(1);
  expect(host.stderr()).toContain('Uncaught exception: Error: outside of the invocation');
});

it('shutdown answers the request in flight and one more on a kept connection, both with Connection: close', async () => {
  const host = await startFixture('cluster');
  const agents = [
    new Agent({ keepAlive: true, maxSockets: 1 }),
    new Agent({ keepAlive: true, maxSockets: 1 }),
  ] as const;
  expect(await connectionHeader(`${host.url}/api/work`, agents[0])).toBe('keep-alive');
  const inFlight = connectionHeader(`${host.url}/api/work?ms=800`, agents[1]);
  await waitFor('the slow request to arrive', () => host.stderr().split("Executing 'work'").length === 3);
  const code = host.stop('SIGINT');
  await waitFor('the stop to begin', () => host.stderr().includes('Stopping: SIGINT'));
  expect(await connectionHeader(`${host.url}/api/work`, agents[0])).toBe('close');
  expect(await inFlight).toBe('close');
  expect(await code).toBe(0);
});

it('shutdown waits for a long request up to FANOPS_SHUTDOWN_MS, cuts what is longer, and says so in its report', async () => {
  const state = tempDir();
  const host = await startFixture('cluster', {
    args: ['--state', state],
    env: { FANOPS_SHUTDOWN_MS: '2500', FANOPS_RELEASE: 'r1' },
  });
  const report = (): Shutdown | undefined => {
    const [file] = existsSync(join(state, 'shutdown'))
      ? readdirSync(join(state, 'shutdown')).filter((name) => name.endsWith('.json'))
      : [];
    return file === undefined
      ? undefined
      : (JSON.parse(readFileSync(join(state, 'shutdown', file), 'utf8')) as Shutdown);
  };
  const ask = (ms: number): Promise<number | undefined> =>
    fetch(`${host.url}/api/work?ms=${ms}`, { method: 'POST' }).then(
      ({ status }) => status,
      () => undefined,
    );
  const answers = [ask(1200), ask(60_000)];
  await waitFor('both requests to arrive', () => host.stderr().split("Executing 'work'").length === 3);
  const code = host.stop('SIGINT');
  await waitFor('the report of two requests under way', () => report()?.underWay === 2);
  await waitFor('the report of one request under way', () => report()?.underWay === 1);
  expect(await Promise.all(answers)).toEqual([200, undefined]);
  expect(await code).toBe(0);
  expect(report()).toEqual({
    pid: host.process.pid,
    release: 'r1',
    startedAt: expect.any(String) as string,
    deadlineMs: 2500,
    underWay: 0,
    cut: 1,
  });
  expect(host.stderr()).toContain('1 request cut off at the deadline of 2.5 s.');
});

it('a stopped host accepts no new connection', async () => {
  const host = await startFixture('cluster');
  expect(await host.stop()).toBe(0);
  const error = await new Promise<NodeJS.ErrnoException>(
    (resolve) => void request(host.url).on('error', resolve).end(),
  );
  expect(error.code).toBe('ECONNREFUSED');
});

it('startHost runs an app in this process and close() lets it end by itself', () => {
  const script = `
    import { startHost } from ${JSON.stringify(join(packageRoot, 'dist', 'index.js'))};
    const host = await startHost({ root: ${JSON.stringify(fixture('esm'))}, stateDir: ${JSON.stringify(tempDir())}, log: () => {} });
    console.log(await (await fetch(host.url + '/api/esm')).text());
    await host.close(2000);
  `;
  const args = ['--input-type=module', '-e', script];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
  expect([stdout, stderr, status]).toEqual(['from an ES module\n', '', 0]);
});

it('a request that comes while the further addresses are still being opened gets its answer', () => {
  const script = `
    import dns from 'node:dns';
    import { createServer } from 'node:net';
    import { startHost } from ${JSON.stringify(join(packageRoot, 'dist', 'index.js'))};
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address();
    await new Promise((resolve) => probe.close(resolve));
    const asked = [];
    // A name server that answers late: the first address is open meanwhile.
    const { lookup } = dns;
    dns.lookup = async (name, options, done) => {
      if (name !== 'late.example') return lookup(name, options, done);
      asked.push((await fetch('http://127.0.0.1:' + port + '/api/esm')).status);
      done(null, '127.0.0.1', 4);
    };
    const host = await startHost({ root: ${JSON.stringify(fixture('esm'))}, stateDir: ${JSON.stringify(tempDir())}, log: () => {},
      port, alsoListen: [{ host: 'late.example', port: 0 }] });
    console.log(JSON.stringify(asked));
    await host.close(2000);
  `;
  const args = ['--input-type=module', '-e', script];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
  expect([stdout, stderr, status]).toEqual(['[200]\n', '', 0]);
});

it('the version is that of package.json', () => {
  expect(version).toBe(
    (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version,
  );
});

function connectionHeader(url: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const req = request(url, { agent }, (res) => {
      res.resume();
      res.on('end', () =>
        res.statusCode === 200 ? resolve(res.headers.connection) : reject(new Error(`status ${res.statusCode}`)),
      );
    });
    req.on('error', reject);
    req.end();
  });
}
