import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { fixture, packageRoot } from './helpers/host.js';
import { waitFor } from './helpers/wait.js';

const run = promisify(execFile);
const pm2Bin = createRequire(import.meta.url).resolve('pm2/bin/pm2');

interface Tally {
  ok: number;
  failed: string[];
  pids: Set<number>;
}

/** Requests one after another on its own agent until told to stop. */
async function load(port: number, agent: Agent, tally: Tally, stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    try {
      const { status, body } = await fetchOnce(port, agent);
      if (status !== 200) tally.failed.push(`status ${status}`);
      else {
        tally.ok++;
        tally.pids.add((JSON.parse(body) as { pid: number }).pid);
      }
    } catch (error) {
      tally.failed.push((error as NodeJS.ErrnoException).code ?? String(error));
    }
  }
}

function fetchOnce(port: number, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/api/work', agent }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
      res.on('error', reject);
    }).on('error', reject);
  });
}

it('reload of a PM2 cluster under light load loses no request, on new and on kept connections', async () => {
  const home = mkdtempSync(join(tmpdir(), 'fh-'));
  const pm2 = (...args: string[]): Promise<{ stdout: string }> =>
    run(process.execPath, [pm2Bin, ...args], {
      env: { PATH: process.env.PATH, PM2_HOME: home, HOME: home },
      timeout: 60_000,
    });
  onTestFinished(async () => {
    await pm2('kill');
    rmSync(home, { recursive: true, force: true });
  });
  const ecosystem = join(home, 'ecosystem.json');
  writeFileSync(
    ecosystem,
    JSON.stringify({
      apps: [
        {
          name: 'work',
          script: join(packageRoot, 'dist', 'bundle', 'functions-host.cjs'),
          args: ['--root', fixture('cluster'), '--port', '0', '--state', join(home, 'state')],
          exec_mode: 'cluster',
          instances: 2,
          wait_ready: true,
          listen_timeout: 20_000,
          kill_timeout: 30_000,
          out_file: join(home, 'out.log'),
          error_file: join(home, 'err.log'),
          merge_logs: true,
          env: { FANOPS_RELEASE: 'r1' },
        },
      ],
    }),
  );
  await pm2('start', ecosystem);
  const readyPort = (): number =>
    Number(/^ready http:\/\/127\.0\.0\.1:(\d+)$/m.exec(readFileSync(join(home, 'out.log'), 'utf8'))?.[1]);
  const port = await waitFor('the ready line', readyPort);

  const tally: Tally = { ok: 0, failed: [], pids: new Set() };
  let stop = false;
  const agents = [new Agent({ keepAlive: true, maxSockets: 2 }), new Agent({ keepAlive: false })];
  const clients = agents.flatMap((agent) => [0, 1].map(() => load(port, agent, tally, () => stop)));
  await waitFor('both old processes to answer', () => tally.pids.size === 2);
  const old = new Set(tally.pids);
  await pm2('reload', 'work');
  await waitFor('two new processes to answer', () => [...tally.pids].filter((pid) => !old.has(pid)).length === 2);
  const before = tally.ok;
  await waitFor('more answers after the reload', () => tally.ok > before + 20);
  stop = true;
  await Promise.all(clients);
  for (const agent of agents) agent.destroy();
  expect(tally.failed).toEqual([]);
  expect(readFileSync(join(home, 'err.log'), 'utf8')).toContain('Stopping: ');
}, 120_000);

it.each([
  ['cluster', 2],
  ['fork', 1],
])(
  'PM2 in mode %s: the log is rotated by its size, also with what PM2 itself writes, and no line is lost',
  async (mode, instances) => {
    const home = mkdtempSync(join(tmpdir(), 'fh-'));
    const pm2 = (...args: string[]): Promise<{ stdout: string }> =>
      run(process.execPath, [pm2Bin, ...args], {
        env: { PATH: process.env.PATH, PM2_HOME: home, HOME: home },
        timeout: 60_000,
      });
    onTestFinished(async () => {
      await pm2('kill');
      rmSync(home, { recursive: true, force: true });
    });
    const ecosystem = join(home, 'ecosystem.json');
    writeFileSync(
      ecosystem,
      JSON.stringify({
        apps: [
          {
            name: 'work',
            script: join(packageRoot, 'dist', 'bundle', 'functions-host.cjs'),
            args: ['--root', fixture('cluster'), '--port', '0', '--state', join(home, 'state')],
            exec_mode: mode,
            instances,
            wait_ready: true,
            listen_timeout: 20_000,
            kill_timeout: 30_000,
            out_file: join(home, 'out.log'),
            error_file: join(home, 'err.log'),
            merge_logs: true,
            env: { FANOPS_LOG_BYTES: '40000', FANOPS_LOG_LOOK_MS: '100' },
          },
        ],
      }),
    );
    await pm2('start', ecosystem);
    const port = await waitFor('the ready line', () =>
      Number(/^ready http:\/\/127\.0\.0\.1:(\d+)$/m.exec(readFileSync(join(home, 'out.log'), 'utf8'))?.[1]),
    );
    const tally: Tally = { ok: 0, failed: [], pids: new Set() };
    const agent = new Agent({ keepAlive: false, maxSockets: 4 });
    const logs = (): string[] => readdirSync(home).filter((name) => name.startsWith('err.log'));
    await Promise.all([0, 1, 2].map(() => load(port, agent, tally, () => logs().length > 3 || tally.ok > 2000)));
    agent.destroy();
    const lines = (): string[] =>
      logs()
        .flatMap((name) => readFileSync(join(home, name), 'utf8').split('\n'))
        .filter((line) => line !== '');
    await waitFor(
      'a line for each answer',
      () => lines().filter((line) => line.includes('Executed ')).length === tally.ok,
    );
    expect(lines().map((line) => (JSON.parse(line) as { level: string }).level)).not.toContain(undefined);
    expect(logs().length).toBeGreaterThan(3);
    for (const name of logs()) expect(statSync(join(home, name)).size, name).toBeLessThan(400_000);
    expect(tally.failed).toEqual([]);
  },
  120_000,
);

it('a reload moves a service to another port: it answers on both, then on the new one only, and loses no request', async () => {
  const home = mkdtempSync(join(tmpdir(), 'fh-'));
  const pm2 = (...args: string[]): Promise<{ stdout: string }> =>
    run(process.execPath, [pm2Bin, ...args], {
      env: { PATH: process.env.PATH, PM2_HOME: home, HOME: home },
      timeout: 60_000,
    });
  onTestFinished(async () => {
    await pm2('kill');
    rmSync(home, { recursive: true, force: true });
  });
  const [old, fresh] = [await freePort(), await freePort()];
  const start = async (...listen: string[]): Promise<void> => {
    const ecosystem = join(home, 'ecosystem.json');
    writeFileSync(
      ecosystem,
      JSON.stringify({
        apps: [
          {
            name: 'work',
            script: join(packageRoot, 'dist', 'bundle', 'functions-host.cjs'),
            args: ['--root', fixture('cluster'), '--state', join(home, 'state'), ...listen],
            exec_mode: 'cluster',
            instances: 1,
            wait_ready: true,
            listen_timeout: 20_000,
            kill_timeout: 30_000,
            out_file: join(home, 'out.log'),
            error_file: join(home, 'err.log'),
            merge_logs: true,
          },
        ],
      }),
    );
    await pm2('startOrReload', ecosystem, '--update-env');
  };
  await start('--port', String(old));
  await waitFor('the ready line', () => readFileSync(join(home, 'out.log'), 'utf8').includes('ready'));

  const tally: Tally = { ok: 0, failed: [], pids: new Set() };
  let stop = false;
  let port = old;
  const agents = [new Agent({ keepAlive: true, maxSockets: 2 }), new Agent({ keepAlive: false })];
  const clients = agents.map(async (agent) => {
    while (!stop) {
      const at = port;
      await load(at, agent, tally, () => stop || port !== at);
    }
  });
  await start('--port', String(fresh), '--also-listen', `127.0.0.1:${old}`);
  port = fresh;
  const before = tally.ok;
  await waitFor('answers on the new port', () => tally.ok > before + 20);
  await start('--port', String(fresh));
  await waitFor('three processes to have answered', () => tally.pids.size === 3);
  stop = true;
  await Promise.all(clients);
  for (const agent of agents) agent.destroy();
  expect(tally.failed).toEqual([]);
  await expect(fetchOnce(old, new Agent())).rejects.toThrow('ECONNREFUSED');
}, 60_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
