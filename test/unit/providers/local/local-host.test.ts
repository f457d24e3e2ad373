import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ssh2, { type ClientChannel } from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLocalProvider } from '../../../../src/providers/local/index.js';
import { guarded } from '../../../../src/remote/guard.js';
import { createSshTransport } from '../../../../src/transports/ssh.js';
import type { SshEndpoint, Transport } from '../../../../src/transports/transport.js';
import { bundleCreate, hostDir, localFleet, type LocalFleet } from '../../../helpers/local-host.js';
import { isAlive, processesUnder } from '../../../helpers/processes.js';
import { freePort } from '../../../helpers/ports.js';
import { numberIn, until } from '../../../helpers/until.js';

const exec = promisify(execFile);

describe('a local host', () => {
  let fleet: LocalFleet;
  let endpoint: SshEndpoint;
  let transport: Transport;
  let dir: string;

  beforeAll(async () => {
    process.env.FANOPS_PLANTED = 'planted-secret';
    process.env.AZURE_CLIENT_SECRET = 'planted-secret';
    process.env.HTTPS_PROXY = 'http://proxy.invalid:3128';
    process.env.HTTP_PROXY = 'http://user:planted@proxy.invalid:3128';
    fleet = await localFleet();
    ({ endpoint } = await fleet.create('app-1'));
    dir = hostDir(fleet, 'app-1');
    transport = createSshTransport({ host: 'app-1', endpoint, knownHostsFile: join(fleet.root, 'known_hosts') });
  });
  afterEach(() => fleet.create('app-1'));
  afterAll(async () => {
    await transport.close();
    await fleet.dispose();
    delete process.env.FANOPS_PLANTED;
    for (const name of ['AZURE_CLIENT_SECRET', 'HTTPS_PROXY', 'HTTP_PROXY']) delete process.env[name];
  });
  const sh = (script: string) => transport.run({ argv: ['sh', '-c', script] });
  const pidIn = (name: string): Promise<number> => numberIn(join(dir, 'home', name));

  test('commands see a home of their own and nothing of the caller', async () => {
    const env = Object.fromEntries(
      (await sh('env')).stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    ) as Record<string, string>;
    const own = [
      'HOME',
      'LANG',
      'LC_ALL',
      'LOGNAME',
      'PATH',
      'PM2_HOME',
      'PWD',
      'SHELL',
      'SHLVL',
      'TMPDIR',
      'USER',
      '_',
    ];
    const others = Object.keys(env).filter((name) => !own.includes(name));
    expect(others.filter((name) => !/^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|HTTPS_PROXY)$/.test(name))).toEqual([]);
    expect(env.HTTPS_PROXY).toBe('http://proxy.invalid:3128');
    expect(JSON.stringify(env)).not.toContain('planted');
    expect([env.HOME, env.PM2_HOME, env.TMPDIR]).toEqual([join(dir, 'home'), join(dir, 'home/.pm2'), join(dir, 'tmp')]);
    expect(env.PATH?.split(':').slice(0, 2)).toEqual([join(dir, 'bin'), dirname(process.execPath)]);
  });

  test('node, npm and pm2 run, all with the node that fanops runs with', async () => {
    const result = await sh(
      'node -p process.execPath; npm version --json | node -p "JSON.parse(fs.readFileSync(0)).node"; command -v pm2',
    );
    const [node, version, pm2] = result.stdout.trim().split('\n');
    expect(node).toBe(process.execPath);
    expect(`v${version}`).toBe(process.version);
    expect(pm2).toBe(join(dir, 'bin/pm2'));
  });

  test('keys and folders are for the owner only', () => {
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect([
      mode(join(fleet.root, 'test/id_ed25519')),
      mode(join(dir, 'ssh_host_ed25519_key')),
      mode(join(dir, 'home')),
      mode(dir),
    ]).toEqual([0o600, 0o600, 0o700, 0o700]);
  });

  test('a command goes on when its client has gone', async () => {
    const other = createSshTransport({ host: 'app-1', endpoint, knownHostsFile: join(fleet.root, 'known_hosts') });
    const running = other
      .run({
        argv: [
          'sh',
          '-c',
          'echo $$ > alone; while [ ! -e go ]; do echo line; sleep 0.02; done; echo last; touch finished',
        ],
      })
      .catch((error: unknown) => error);
    const pid = await pidIn('alone');
    await other.close();
    expect(await running).toMatchObject({ code: 'LINK_LOST' });
    expect(isAlive(pid)).toBe(true);
    writeFileSync(join(dir, 'home/go'), '');
    await until('the command to finish', () => existsSync(join(dir, 'home/finished')));
  });

  test('with a terminal: it has one of the size asked for, and hangs up with its client', async () => {
    const client = new ssh2.Client();
    await new Promise<void>((resolve, reject) => {
      client.on('ready', resolve).on('error', reject);
      client.connect({
        host: '127.0.0.1',
        port: endpoint.port,
        username: endpoint.user,
        privateKey: readFileSync(endpoint.identityFiles?.[0] ?? ''),
        hostVerifier: () => true,
      });
    });
    const channel = await new Promise<ClientChannel>((resolve, reject) =>
      client.exec(
        'stty size; echo $TERM; echo $$ > tty; exec sleep 300',
        { pty: { rows: 33, cols: 111, term: 'vt100' } },
        (error, stream) => (error ? reject(error) : resolve(stream)),
      ),
    );
    let text = '';
    channel.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const pid = await pidIn('tty');
    await until('the size', () => text.includes('33 111\r\nvt100'));
    client.end();
    await until('the command to end', () => !isAlive(pid));
  });

  test('forwarding leads to the loopback interface only; SFTP and other users are refused', async () => {
    const tunnel = await transport.tunnel(80, '192.0.2.1');
    await new Promise((resolve) => connect(tunnel.port, '127.0.0.1').on('close', resolve).on('error', resolve));
    await tunnel.close();
    const stranger = createSshTransport({
      host: 'app-1',
      endpoint: { ...endpoint, user: 'stranger' },
      knownHostsFile: join(fleet.root, 'known_hosts'),
    });
    await expect(stranger.run({ argv: ['true'] })).rejects.toMatchObject({ code: 'AUTH' });
    expect((await sh('echo still here')).stdout).toBe('still here\n');
  });

  test('broken clients do not take the server down', async () => {
    const server = (JSON.parse(readFileSync(join(dir, 'server.json'), 'utf8')) as { pid: number }).pid;
    for (const data of [
      '',
      'GET / HTTP/1.1\r\n\r\n',
      'SSH-2.0-x\r\n' + '\0'.repeat(500),
      'SSH-2.0-x\r\n\0\0\xff\xff' + 'A'.repeat(70_000),
      'SSH-1.0-old\r\n',
    ]) {
      const socket = connect(endpoint.port, '127.0.0.1', () => socket.end(data, 'latin1'));
      await new Promise((resolve) => socket.on('close', resolve).on('error', resolve).resume());
    }
    expect(isAlive(server)).toBe(true);
    expect((await sh('echo still here')).stdout).toBe('still here\n');
  });

  test('each command is one line of the log, its input is not in it', async () => {
    await transport.run({ argv: ['cat'] }, { stdin: 'very secret input' });
    const log = readFileSync(join(dir, 'server.log'), 'utf8');
    expect(log).toMatch(/exec ".*'cat'.*" -> 0 in \d+ ms\n/);
    expect(log).not.toContain('very secret');
  });

  test('stop ends all that was started: PM2 with its apps, guarded commands, what runs in the background', async () => {
    writeFileSync(
      join(dir, 'home/app.js'),
      'require("fs").writeFileSync("app", String(process.pid)); setInterval(() => {}, 1000);',
    );
    await sh(
      `pm2 -s start app.js
      nohup sleep 300 >/dev/null 2>&1 & echo $! > background
      setsid sh -c 'echo $$ > session; trap "" TERM; while :; do sleep 1; done' >/dev/null 2>&1 &`,
    );
    const guardedRun = transport
      .run({
        argv: guarded(['sh', '-c', 'echo $$ > guarded; exec sleep 300'], {
          dir: 'locks',
          name: 'r/s',
          forerunner: 'wait',
          waitSeconds: 1,
        }),
      })
      .catch(() => undefined);
    const pids = await Promise.all(['app', 'background', 'session', 'guarded'].map(pidIn));
    expect(pids.map(isAlive)).toEqual([true, true, true, true]);
    await fleet.instances.power('test', 'app-1', 'stop');
    await guardedRun;
    expect(pids.map(isAlive)).toEqual([false, false, false, false]);
    expect(processesUnder(dir)).toEqual([]);
  });

  test('a server that was killed comes back on the same port', async () => {
    const before = JSON.parse(readFileSync(join(dir, 'server.json'), 'utf8')) as { pid: number };
    process.kill(before.pid, 'SIGKILL');
    await until('the server to be gone', () => !isAlive(before.pid));
    expect(await fleet.instances.find('test', 'app-1')).toMatchObject({ state: 'stopped' });
    expect((await fleet.create('app-1')).endpoint.port).toBe(endpoint.port);
    expect((await sh('echo again')).stdout).toBe('again\n');
  });

  test('a port that somebody else took is named', async () => {
    await fleet.instances.power('test', 'app-1', 'stop');
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(endpoint.port, '127.0.0.1', resolve));
    await expect(fleet.create('app-1')).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`Port ${endpoint.port}`) as string,
    });
    await new Promise((resolve) => thief.close(resolve));
  });

  test('a port that is still held when a server starts, as by one that was killed, is waited for', async () => {
    await fleet.instances.power('test', 'app-1', 'stop');
    const leaving = createServer();
    await new Promise<void>((resolve) => leaving.listen(endpoint.port, '127.0.0.1', resolve));
    const created = fleet.create('app-1');
    setTimeout(() => leaving.close(), 200);
    expect((await created).endpoint.port).toBe(endpoint.port);
  });

  test('a folder that is too deep for PM2 is refused before anything is made', async () => {
    const root = join(fleet.root, 'x'.repeat(80));
    const provider = createLocalProvider({ root, portRange: [20_000, 20_001] });
    await expect(
      (async () => provider.instances?.create({ name: 'a', fleet: 'f', roles: [], runId: 'r' }))(),
    ).rejects.toMatchObject({
      code: 'PATH_TOO_LONG',
      hint: expect.stringContaining('providers.local.root') as string,
    });
    expect(existsSync(root)).toBe(false);
  });

  test.each(['', '.', '..', 'a/b', '.hidden', 'a:b', 'a\nb', 'id_ed25519'])('the name %j is refused', async (name) => {
    await expect((async () => fleet.create(name))()).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('a range without a free port says so', async () => {
    const port = await freePort();
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(port, '127.0.0.1', resolve));
    const provider = createLocalProvider({ root: fleet.root, portRange: [port, port] });
    await expect(
      provider.instances?.create({ name: 'app-9', fleet: 'test', roles: [], runId: 'r' }),
    ).rejects.toMatchObject({
      code: 'NO_PORT',
    });
    await new Promise((resolve) => thief.close(resolve));
    expect((await fleet.instances.list('test')).items.map((host) => host.name)).toEqual(['app-1']);
    expect(existsSync(hostDir(fleet, 'app-9'))).toBe(false);
  });

  test('a folder that was removed by hand takes its server with it', async () => {
    await fleet.create('doomed');
    expect(processesUnder(hostDir(fleet, 'doomed'))).not.toEqual([]);
    rmSync(hostDir(fleet, 'doomed'), { recursive: true });
    // Its port proves nothing: another process may have been given it by now.
    await until('its server to end', () => processesUnder(hostDir(fleet, 'doomed')).length === 0, 10_000);
  });

  test('creates by several processes at once make one server', async () => {
    const script = await bundleCreate(fleet);
    const runs = await Promise.all([1, 2, 3].map(() => exec(process.execPath, [script])));
    expect(new Set(runs.map((run) => run.stdout)).size).toBe(1);
    expect(processesUnder(hostDir(fleet, 'many')).filter((line) => line.includes('server-main'))).toHaveLength(1);
    rmSync(script);
  });
});
