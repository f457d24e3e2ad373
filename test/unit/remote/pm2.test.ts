import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ecosystem, listApps, parseApps, startOrReload } from '../../../src/remote/pm2.js';

const exec = promisify(execFile);
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pm2-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Puts a script named pm2 first on the PATH and runs a command line with it. */
async function withPm2(script: string, argv: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  writeFileSync(join(dir, 'pm2'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'pm2'), 0o755);
  const path = [dir, dirname(process.execPath), process.env.PATH].join(delimiter);
  return (await exec(argv[0] ?? '', argv.slice(1), { env: { HOME: dir, PATH: path, ...env } })).stdout;
}

const LIST = [
  {
    name: 'm1',
    pid: 42,
    pm_id: 0,
    monit: { memory: 1024, cpu: 0 },
    pm2_env: {
      status: 'online',
      exec_mode: 'cluster_mode',
      restart_time: 2,
      unstable_restarts: 0,
      pm_uptime: 1_700_000_000_000,
      pm_out_log_path: '/l/out',
      pm_err_log_path: '/l/err',
      FANOPS_RELEASE: '20261121-4f2a',
      STORAGE: 'AccountKey=secret',
      env: { STORAGE: 'AccountKey=secret' },
    },
  },
];

test('the list is cut down on the host: no setting travels', async () => {
  const stdout = await withPm2(
    `cat <<'END'\n>>>> In-memory PM2 is out-of-date\n${JSON.stringify(LIST)}\nEND`,
    listApps(),
  );
  expect(stdout).not.toContain('secret');
  expect(parseApps(stdout)).toEqual([
    {
      name: 'm1',
      pid: 42,
      id: 0,
      status: 'online',
      mode: 'cluster_mode',
      restarts: 2,
      unstable: 0,
      since: 1_700_000_000_000,
      release: '20261121-4f2a',
      memory: 1024,
      out: '/l/out',
      err: '/l/err',
    },
  ]);
});

test('an empty list is one; a PM2 that prints none has not said that nothing runs', async () => {
  expect(parseApps(await withPm2('echo "[]"', listApps()))).toEqual([]);
  await expect(withPm2(':', listApps())).rejects.toThrow('PM2 printed no list');
  expect(() => parseApps('pm2: not found')).toThrow(SyntaxError);
  expect(parseApps('[PM2] hello\n[]\n')).toEqual([]);
});

test('a client whose daemon dies is ended: it would wait for its answer for ever', async () => {
  mkdirSync(join(dir, '.pm2'));
  const daemon = 'sleep 600 & echo $! > "$HOME/.pm2/pm2.pid"; sleep 1; kill -9 $!; exec sleep 600';
  await expect(withPm2(daemon, startOrReload('x.json'))).rejects.toThrow(
    'the daemon of PM2 ended before it had answered',
  );
});

test('PM2 gets a clean environment and its arguments unchanged', async () => {
  const stdout = await withPm2('env; for a in "$@"; do echo "arg=$a"; done', startOrReload("a b'c.json"), {
    STORAGE: 'secret',
    PM2_HOME: '/p',
    TMPDIR: '/t',
  });
  expect(stdout).not.toContain('secret');
  expect(stdout).toContain('PM2_HOME=/p\n');
  expect(stdout).toContain('TMPDIR=/t\n');
  expect(stdout.split('\n').filter((line) => line.startsWith('arg='))).toEqual([
    'arg=startOrReload',
    "arg=a b'c.json",
    'arg=--update-env',
  ]);
});

test('an ecosystem file asks for cluster mode also with one worker', () => {
  const [app] = (
    JSON.parse(
      ecosystem({
        name: 'm1',
        script: '/s.cjs',
        args: ['--port', '1'],
        cwd: '/',
        instances: 1,
        env: { A: '1' },
        outFile: '/o',
        errorFile: '/e',
        listenTimeoutMs: 30_000,
        killTimeoutMs: 20_000,
      }),
    ) as { apps: object[] }
  ).apps;
  expect(app).toMatchObject({
    name: 'm1',
    exec_mode: 'cluster',
    instances: 1,
    wait_ready: true,
    listen_timeout: 30_000,
    kill_timeout: 20_000,
    out_file: '/o',
    error_file: '/e',
    args: ['--port', '1'],
  });
  expect(app).not.toHaveProperty('outFile');
});
