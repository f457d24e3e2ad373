import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { createServer, connect as dial, type AddressInfo } from 'node:net';
import { SshPool } from '../../src/transports/ssh-pool.js';
import type { SshEndpoint } from '../../src/transports/transport.js';
import { freePort } from '../helpers/ports.js';
import { asJump, failure, hello, SshBench } from '../helpers/ssh.js';
import { sshdMissing, startSshd, type Sshd } from '../helpers/sshd.js';
import { tcpProxy } from '../helpers/tcp-proxy.js';
import { until } from '../helpers/until.js';

const missing = sshdMissing();

describe.skipIf(missing)('jump hosts', () => {
  let servers: Sshd[];
  let bench: SshBench;

  beforeAll(async () => {
    servers = await Promise.all([startSshd(['MaxStartups 3:100:3']), startSshd(), startSshd()]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  beforeEach(() => {
    bench = new SshBench();
  });
  afterEach(() => bench.end());

  const server = (at: number): Sshd => servers[at]!;
  const logins = (at: number): number => server(at).log().split('Accepted publickey').length - 1;
  const leftAt = (at: number): number =>
    server(at)
      .log()
      .split(/Disconnected from user|Connection closed by|Connection reset by/).length - 1;
  const behind = (at: number, ...jumps: [string, SshEndpoint][]): SshEndpoint => ({
    ...server(at).endpoint,
    jumps: jumps.map(([name, endpoint]) => asJump(name, endpoint)),
  });

  test('one hop: commands, transfers and a tunnel, each key known by its own name', async () => {
    const transport = bench.connect(behind(1, ['bastion', server(0).endpoint]));
    expect(await hello(transport)).toBe('hello\n');
    const path = `${bench.dir}/big`;
    const content = Buffer.alloc(3_000_000, 'x');
    await transport.putFile(content, path);
    expect((await transport.getFile(path))?.equals(content)).toBe(true);
    const echo = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    bench.after(() => void echo.close());
    const tunnel = await transport.tunnel((echo.address() as AddressInfo).port);
    const socket = dial(tunnel.port, '127.0.0.1', () => socket.write('ping'));
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('ping');
    socket.destroy();
    const known = readFileSync(bench.knownHostsFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')[0])
      .sort();
    expect(known).toEqual([0, 1].map((at) => `[127.0.0.1]:${server(at).endpoint.port}`).sort());
  });

  test('two hops; the connections close from the far end', async () => {
    const transport = bench.connect(behind(2, ['outer', server(0).endpoint], ['inner', server(1).endpoint]));
    const before = [0, 1, 2].map(leftAt);
    expect(await hello(transport)).toBe('hello\n');
    await transport.close();
    await until('all three to be left', () => [0, 1, 2].every((at) => leftAt(at) > (before[at] ?? 0)));
  });

  test('all hosts behind a jump host share its connection, which stays while one of them needs it', async () => {
    const pool = new SshPool();
    const before = [0, 1].map(logins);
    const transports = Array.from({ length: 12 }, () =>
      bench.connect(behind(1, ['bastion', server(0).endpoint]), { pool }),
    );
    expect(await Promise.all(transports.map(hello))).toEqual(Array<string>(12).fill('hello\n'));
    expect([0, 1].map((at) => logins(at) - (before[at] ?? 0))).toEqual([1, 12]);
    await Promise.all(transports.slice(1).map((transport) => transport.close()));
    expect(await hello(transports[0]!)).toBe('hello\n');
    expect(logins(0) - (before[0] ?? 0)).toBe(1);
  });

  test('a key of the jump host that is not known stops before the target, and names the jump host', async () => {
    const stranger = { ...server(0).endpoint, hostKeys: undefined };
    const error = await failure(hello(bench.connect(behind(1, ['bastion', stranger]))));
    expect(error).toMatchObject({
      code: 'HOST_KEY',
      host: 'app-1',
      data: { jump: 'bastion', name: `[127.0.0.1]:${stranger.port}` },
    });
    expect(error.message).toContain('app-1 is reached through the jump host bastion, and that fails');
  });

  test('the target shows its own key: another machine at its address is noticed', async () => {
    const wrong = { ...behind(1, ['bastion', server(0).endpoint]), hostKeys: server(2).endpoint.hostKeys };
    const error = await failure(hello(bench.connect(wrong)));
    expect(error).toMatchObject({ code: 'HOST_KEY' });
    expect(error.message).not.toContain('bastion');
  });

  test('a jump host that is down, one that lets nobody in, a target that does not listen', async () => {
    const port = await freePort();
    const down = await failure(hello(bench.connect(behind(1, ['bastion', { ...server(0).endpoint, port }]))));
    expect(down).toMatchObject({ code: 'UNREACHABLE', data: { jump: 'bastion' } });
    expect(down.message).toMatch(/jump host bastion.*127\.0\.0\.1:\d+.*connection refused/s);
    const locked = await failure(
      hello(
        bench.connect(
          behind(1, ['bastion', { ...server(0).endpoint, identityFiles: server(1).endpoint.identityFiles }]),
        ),
      ),
    );
    expect(locked).toMatchObject({ code: 'AUTH', data: { jump: 'bastion' } });
    const silent = await failure(hello(bench.connect({ ...behind(1, ['bastion', server(0).endpoint]), port })));
    expect(silent).toMatchObject({ code: 'UNREACHABLE', data: { jump: 'bastion', address: `127.0.0.1:${port}` } });
    expect(silent.message).toMatch(/The jump host bastion .* cannot reach app-1 .*connection refused/);
  });

  test('a jump host that allows no forwarding is named', async () => {
    const closed = await startSshd(['AllowTcpForwarding no']);
    bench.after(() => closed.stop());
    const error = await failure(hello(bench.connect(behind(1, ['bastion', closed.endpoint]))));
    expect(error).toMatchObject({ code: 'UNREACHABLE', hint: expect.stringContaining('AllowTcpForwarding') as string });
  });

  test('a cut at the jump host is the loss of the link behind it, and both are opened anew', async () => {
    const proxy = await tcpProxy(server(0).endpoint.port);
    bench.after(() => proxy.close());
    const transport = bench.connect(behind(1, ['bastion', { ...server(0).endpoint, port: proxy.port }]));
    let started = false;
    const running = failure(
      transport.run({ argv: ['sh', '-c', 'echo on; exec sleep 3'] }, { onLine: () => (started = true) }),
    );
    await until('the command', () => started);
    proxy.cut();
    expect(await running).toMatchObject({
      code: 'LINK_LOST',
      message: expect.stringContaining('jump host bastion') as string,
    });
    expect(await hello(transport)).toBe('hello\n');
  });
});
