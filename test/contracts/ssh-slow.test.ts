import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../src/transports/known-hosts.js';
import { SshPool } from '../../src/transports/ssh-pool.js';
import { isAlive } from '../helpers/processes.js';
import { failure, hello, person, SshBench } from '../helpers/ssh.js';
import { sshdMissing, startSshd, type Sshd } from '../helpers/sshd.js';
import { tcpProxy } from '../helpers/tcp-proxy.js';
import { until } from '../helpers/until.js';

const missing = sshdMissing();

describe.skipIf(missing)('hosts that are slow, busy, or cut the line', () => {
  let server: Sshd;
  let bench: SshBench;

  beforeAll(async () => {
    server = await startSshd(['MaxSessions 2', 'MaxStartups 3:100:3']);
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    bench = new SshBench();
  });
  afterEach(() => bench.end());

  const listen = async (onConnection: (socket: Socket) => void): Promise<{ port: number }> => {
    const listener = createServer((socket) => {
      socket.on('error', () => undefined); // clients of tests go away as they like
      bench.after(() => void socket.destroy());
      onConnection(socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    bench.after(() => void listener.close());
    return { port: (listener.address() as AddressInfo).port };
  };

  test('MaxSessions 2: thirty commands at once all run', async () => {
    const transport = bench.connect(server.endpoint);
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        transport.run({ argv: ['sh', '-c', 'sleep 0.05; echo "$1"', 'sh', String(at)] }),
      ),
    );
    expect(all.map((result) => result.stdout)).toEqual(Array.from({ length: 30 }, (_, at) => `${at}\n`));
  });

  test('MaxSessions 1: a command at a time, and a deadline still ends it', async () => {
    const one = await startSshd(['MaxSessions 1']);
    bench.after(() => one.stop());
    const transport = bench.connect(one.endpoint);
    expect(await Promise.all([1, 2, 3, 4].map(() => hello(transport)))).toEqual(Array<string>(4).fill('hello\n'));
    let pid = 0;
    const running = transport.run(
      { argv: ['sh', '-c', 'echo $$; exec sleep 30'] },
      { timeoutMs: 1000, onLine: (line) => (pid = Number(line)) },
    );
    expect(await failure(running)).toMatchObject({ code: 'DEADLINE' });
    await until('the end of the command', () => pid > 0 && !isAlive(pid));
    expect(await hello(transport)).toBe('hello\n');
  });

  test('MaxSessions 0: said in the end', async () => {
    const none = await startSshd(['MaxSessions 0']);
    bench.after(() => none.stop());
    expect(await failure(hello(bench.connect(none.endpoint)))).toMatchObject({
      code: 'CHANNEL',
      hint: expect.stringContaining('MaxSessions') as string,
    });
  });

  test('MaxStartups 3:100:3: twelve connections at once all get in', async () => {
    const pool = new SshPool();
    const all = await Promise.all(Array.from({ length: 12 }, () => hello(bench.connect(server.endpoint, { pool }))));
    expect(all).toEqual(Array<string>(12).fill('hello\n'));
  });

  test('a host that takes the connection and says nothing', async () => {
    const { port } = await listen(() => undefined);
    const error = await failure(hello(bench.connect({ ...server.endpoint, port }, { readyTimeoutMs: 300 })));
    expect(error).toMatchObject({
      code: 'DEADLINE',
      message: expect.stringContaining('no SSH greeting within') as string,
    });
  });

  test('a host that greets and then is silent', async () => {
    const { port } = await listen((socket) => socket.write('SSH-2.0-Slow\r\n'));
    const error = await failure(hello(bench.connect({ ...server.endpoint, port }, { readyTimeoutMs: 300 })));
    expect(error).toMatchObject({
      code: 'DEADLINE',
      message: expect.stringContaining('did not finish the login within') as string,
    });
  });

  // 192.0.2.0/24 is for documentation (RFC 5737): no machine answers there. A network may say so at once, which is right as well.
  test('no TCP connection has a deadline of its own', async () => {
    const error = await failure(
      hello(bench.connect({ ...server.endpoint, address: '192.0.2.1', connectTimeoutMs: 300 })),
    );
    expect(['DEADLINE', 'UNREACHABLE']).toContain(error.code);
    if (error.code === 'DEADLINE') expect(error.message).toContain('no TCP connection within');
  });

  test('lines before the greeting, and a greeting in pieces', async () => {
    const { port } = await listen((socket) => {
      const far = dial(server.endpoint.port, '127.0.0.1');
      far.on('error', () => socket.destroy());
      const greeting = 'Welcome to the machine.\r\nNo entry for the unwanted.\r\n';
      socket.write(greeting.slice(0, 9));
      setTimeout(() => {
        socket.write(greeting.slice(9));
        far.pipe(socket).pipe(far);
      }, 100);
    });
    expect(await hello(bench.connect({ ...server.endpoint, port }))).toBe('hello\n');
  });

  test('a link cut in mid-transfer: an upload, a download, a tunnel; and then all goes on', async () => {
    let carried = 0;
    const proxy = await tcpProxy(server.endpoint.port);
    bench.after(() => proxy.close());
    const transport = bench.connect({ ...server.endpoint, port: proxy.port });
    const path = join(bench.dir, 'file');
    await transport.putFile('whole', path);

    const tar = new PassThrough();
    const upload = failure(transport.putTar(tar, join(bench.dir, 'to')));
    writeFileSync(join(bench.dir, 'large'), Buffer.alloc(300_000));
    tar.write(execFileSync('tar', ['-C', bench.dir, '-cf', '-', 'large']).subarray(0, 200_000));
    await until('the upload', () => tar.readableLength === 0);
    proxy.cut();
    expect(await upload).toMatchObject({ code: 'LINK_LOST' });
    expect(tar.destroyed).toBe(true);

    const endless = failure(transport.run({ argv: ['cat', '/dev/zero'] }, { onLine: () => undefined }));
    const download = failure(transport.getFile('/dev/zero'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    proxy.cut();
    for (const error of await Promise.all([endless, download]))
      expect(['LINK_LOST', 'OUTPUT_LIMIT']).toContain(error.code);

    const { port } = await listen((socket) => socket.on('data', (data) => (carried += data.length)));
    const tunnel = await transport.tunnel(port);
    const near = dial(tunnel.port, '127.0.0.1', () => near.write('x'));
    const closed = new Promise((resolve) => near.once('close', resolve));
    near.on('error', () => undefined); // a reset is as good as an end
    await until('a byte', () => carried === 1);
    proxy.cut();
    await closed;
    const again = dial(tunnel.port, '127.0.0.1', () => again.write('y'));
    await until('another byte', () => carried === 2);
    again.destroy();

    await expect(transport.getFile(path).then(String)).resolves.toBe('whole');
    expect(readFileSync(path, 'utf8')).toBe('whole');
  });

  test('a server that is frozen is noticed within the configured time', async () => {
    const transport = bench.connect({ ...server.endpoint, keepaliveIntervalMs: 200, keepaliveCountMax: 2 });
    const { stdout } = await transport.run({ argv: ['sh', '-c', 'echo $PPID'] });
    const sshd = Number(stdout);
    process.kill(sshd, 'SIGSTOP');
    try {
      const error = await failure(hello(transport));
      expect(error).toMatchObject({
        code: 'LINK_LOST',
        message: expect.stringContaining('Keepalive timeout') as string,
      });
    } finally {
      process.kill(sshd, 'SIGCONT');
    }
  });

  test('a long quiet command outlives many signs of life', async () => {
    const transport = bench.connect({ ...server.endpoint, keepaliveIntervalMs: 50, keepaliveCountMax: 2 });
    expect(await transport.run({ argv: ['sh', '-c', 'sleep 1.5; echo done'] })).toMatchObject({
      code: 0,
      stdout: 'done\n',
    });
  });

  test('first contact: the person sees the fingerprint and decides; yes is kept', async () => {
    const unknown = { ...server.endpoint, hostKeys: undefined };
    const shown = fingerprint(server.endpoint.hostKeys?.[0]?.split(' ')[1] ?? '');
    const no = person(false);
    expect(await failure(hello(bench.connect(unknown, { pool: new SshPool({ asker: no }) })))).toMatchObject({
      code: 'HOST_KEY',
      hint: expect.stringContaining('hostKey: ssh-ed25519 ') as string,
    });
    expect(no.asked).toEqual([expect.stringContaining(shown)]);
    expect(await hello(bench.connect(unknown, { pool: new SshPool({ asker: person(true) }) }))).toBe('hello\n');
    expect(await hello(bench.connect(unknown))).toBe('hello\n');
  });

  test("a key that the user's own ssh trusts is taken over, while the fleet knows none; one that it revokes never passes", async () => {
    const key = server.endpoint.hostKeys?.[0]?.split(' ').slice(0, 2).join(' ') ?? '';
    const own = join(bench.dir, 'own');
    const unknown = {
      ...server.endpoint,
      hostKeys: undefined,
      userKnownHostsFiles: [join(bench.dir, 'none'), own],
      hostKeyAlias: 'Prod',
    };
    execFileSync('sh', ['-c', 'echo "prod $1" > "$2"', 'sh', key, own]);
    expect(await hello(bench.connect(unknown))).toBe('hello\n');
    expect(readFileSync(bench.knownHostsFile, 'utf8')).toBe(`prod ${key}\n`);
    execFileSync('sh', ['-c', 'echo "@revoked * $1" > "$2"', 'sh', key, own]);
    expect(await failure(hello(bench.connect(unknown)))).toMatchObject({
      code: 'HOST_KEY',
      message: expect.stringContaining('revoked') as string,
    });
  });
});
