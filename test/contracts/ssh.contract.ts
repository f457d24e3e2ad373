import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { guarded } from '../../src/remote/guard.js';
import { fingerprint, knownHostName } from '../../src/transports/known-hosts.js';
import { createSshTransport, type SshTransportOptions } from '../../src/transports/ssh.js';
import type { SshEndpoint, Transport } from '../../src/transports/transport.js';
import { freePort } from '../helpers/ports.js';
import { keyPair } from '../helpers/sshd.js';
import { tcpProxy } from '../helpers/tcp-proxy.js';
import { until } from '../helpers/until.js';

export interface SshSubject {
  name: string;
  /** @param settings further lines for a server that has a configuration. */
  start(settings?: string[]): Promise<{ endpoint: SshEndpoint; stop(): Promise<void> }>;
}

/** What only a transport by SSH can get wrong: keys, logins, broken links, busy servers. */
export function sshContract(subject: SshSubject): void {
  describe(`ssh to ${subject.name}`, () => {
    let server: Awaited<ReturnType<SshSubject['start']>>;
    let dir: string;
    let knownHostsFile: string;
    const open: Transport[] = [];

    beforeAll(async () => {
      server = await subject.start(['MaxStartups 3:100:3']);
    });
    afterAll(() => server.stop());
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'ssh-'));
      knownHostsFile = join(dir, 'state', 'known_hosts');
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((transport) => transport.close()));
      rmSync(dir, { recursive: true, force: true });
    });
    const connect = (endpoint: Partial<SshEndpoint> = {}, options: Partial<SshTransportOptions> = {}): Transport => {
      const transport = createSshTransport({
        host: 'app-1',
        endpoint: { ...server.endpoint, ...endpoint },
        knownHostsFile,
        ...options,
      });
      open.push(transport);
      return transport;
    };
    const hostKey = (): string => (server.endpoint.hostKeys?.[0] ?? '').split(' ').slice(0, 2).join(' ');
    const name = (): string => knownHostName(server.endpoint.address, server.endpoint.port);
    const know = (text: string): void => {
      mkdirSync(join(dir, 'state'), { recursive: true });
      writeFileSync(knownHostsFile, text);
    };
    const hello = (transport: Transport): Promise<string> =>
      transport.run({ argv: ['echo', 'hello'] }).then((result) => result.stdout);

    test('a key that the provider vouches for is written down before the first login', async () => {
      expect(await hello(connect())).toBe('hello\n');
      expect(readFileSync(knownHostsFile, 'utf8')).toBe(`${name()} ${hostKey()}\n`);
      expect(await hello(connect({ hostKeys: undefined }))).toBe('hello\n');
    });

    test('an unknown host is refused with its fingerprint and the line to add', async () => {
      const shown = fingerprint(hostKey().split(' ')[1] ?? '');
      const refused = await hello(connect({ hostKeys: undefined })).catch(
        (error: unknown) => error as Record<string, unknown>,
      );
      expect(refused).toMatchObject({
        code: 'HOST_KEY',
        exitCode: 1,
        message: expect.stringContaining(shown) as string,
      });
      expect(refused).toMatchObject({ hint: expect.stringContaining(`${name()} ${hostKey()}`) as string });
      expect(existsSync(knownHostsFile)).toBe(false);
    });

    test('trust on first use keeps the key, once, and only for a host of which nothing is known', async () => {
      expect(await hello(connect({ hostKeys: undefined }, { trustOnFirstUse: true }))).toBe('hello\n');
      expect(readFileSync(knownHostsFile, 'utf8')).toBe(`${name()} ${hostKey()}\n`);
      know(`${name()} ${keyPair(dir, 'other').public}\n`);
      await expect(hello(connect({ hostKeys: undefined }, { trustOnFirstUse: true }))).rejects.toMatchObject({
        code: 'HOST_KEY',
      });
    });

    test('a wrong key is refused with both fingerprints', async () => {
      const other = keyPair(dir, 'other').public;
      know(`${name()} ${other}\n`);
      const message = (await hello(connect({ hostKeys: undefined })).catch((error: Error) => error.message)) as string;
      expect(message).toContain(fingerprint(hostKey().split(' ')[1] ?? ''));
      expect(message).toContain(fingerprint(other.split(' ')[1] ?? ''));
      expect(readFileSync(knownHostsFile, 'utf8')).toBe(`${name()} ${other}\n`);
    });

    test('a machine that was made anew is known by the key that its provider vouches for', async () => {
      know(`${name()} ${keyPair(dir, 'other').public}\nelse.example ${hostKey()}\n`);
      expect(await hello(connect())).toBe('hello\n');
      expect(readFileSync(knownHostsFile, 'utf8')).toBe(`else.example ${hostKey()}\n${name()} ${hostKey()}\n`);
    });

    test('a revoked key is refused even when it is vouched for', async () => {
      know(`@revoked * ${hostKey()}\n`);
      await expect(hello(connect())).rejects.toMatchObject({
        code: 'HOST_KEY',
        message: expect.stringContaining('revoked') as string,
      });
    });

    test('a file of known hosts that cannot be read lets nobody in', async () => {
      mkdirSync(knownHostsFile, { recursive: true });
      await expect(hello(connect())).rejects.toMatchObject({
        code: 'HOST_KEY',
        message: expect.stringContaining('cannot be read') as string,
      });
    });

    test('a wrong user key is refused and what was tried is named', async () => {
      const wrong = keyPair(dir, 'wrong').path;
      const encrypted = keyPair(dir, 'encrypted', 'secret').path;
      const refused = await hello(connect({ identityFiles: [encrypted, wrong, join(dir, 'missing')] })).catch(
        (error: unknown) => error,
      );
      expect(refused).toMatchObject({ code: 'AUTH', data: { offered: [`key ${wrong}`] } });
      expect((refused as Error).message).toMatch(/encrypted: it is encrypted.*\n.*missing: no such file/);
    });

    test('without any usable key nothing is connected', async () => {
      const encrypted = keyPair(dir, 'encrypted', 'secret').path;
      await expect(hello(connect({ identityFiles: [encrypted], port: 1 }))).rejects.toMatchObject({
        code: 'AUTH',
        message: expect.stringContaining('encrypted') as string,
      });
      await expect(hello(connect({ identityFiles: [] }))).rejects.toMatchObject({ code: 'AUTH' });
    });

    test('a good key after a bad one, and an agent that does not answer', async () => {
      const identityFiles = [keyPair(dir, 'wrong').path, ...(server.endpoint.identityFiles ?? [])];
      expect(await hello(connect({ identityFiles, agent: join(dir, 'no-agent.sock') }))).toBe('hello\n');
      await expect(hello(connect({ identityFiles: [], agent: join(dir, 'no-agent.sock') }))).rejects.toMatchObject({
        code: 'AUTH',
        message: expect.stringContaining('no-agent.sock') as string,
      });
    });

    test('a host that is down, a name that is none, a host that stays silent', async () => {
      const port = await freePort();
      await expect(hello(connect({ port }))).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining(`127.0.0.1:${port}`) as string,
      });
      await expect(hello(connect({ address: 'no-such-host.invalid' }))).rejects.toMatchObject({ code: 'UNREACHABLE' });
      const proxy = await tcpProxy(server.endpoint.port);
      proxy.freeze();
      const silent = connect({ port: proxy.port }, { readyTimeoutMs: 300 });
      await expect(hello(silent)).rejects.toMatchObject({
        code: 'DEADLINE',
        data: { deadlineMs: 300, address: `127.0.0.1:${proxy.port}` },
      });
      await proxy.close();
    });

    test('a cut link rejects what runs, and the next call connects anew', async () => {
      const proxy = await tcpProxy(server.endpoint.port);
      const transport = connect({ port: proxy.port });
      const lines: string[] = [];
      const running = ['a', 'b', 'c'].map((word) =>
        transport
          .run({ argv: ['sh', '-c', 'echo "$1"; exec sleep 3', 'sh', word] }, { onLine: (line) => lines.push(line) })
          .catch((error: unknown) => error),
      );
      await until('all to run', () => lines.length === 3);
      proxy.cut();
      for (const error of await Promise.all(running)) expect(error).toMatchObject({ code: 'LINK_LOST', exitCode: 1 });
      expect(await hello(transport)).toBe('hello\n');
      await proxy.close();
    });

    test('a guarded command survives a cut link, and its successor waits for it', async () => {
      const proxy = await tcpProxy(server.endpoint.port);
      const transport = connect({ port: proxy.port });
      const guard = (script: string): string[] =>
        guarded(['sh', '-c', script, 'sh', dir], {
          dir: join(dir, 'locks'),
          name: 'run-1/step',
          forerunner: 'wait',
          waitSeconds: 20,
        });
      const script =
        'cd "$1"; touch started; while [ ! -e go ]; do echo line; echo line >&2; sleep 0.02; done; echo first >> order';
      const running = transport.run({ argv: guard(script) }).catch((error: unknown) => error);
      await until('the command to start', () => existsSync(join(dir, 'started')));
      proxy.cut();
      expect(await running).toMatchObject({ code: 'LINK_LOST' });
      const said: string[] = [];
      const next = transport.run(
        { argv: guard('echo second >> "$1/order"; exit 3') },
        { onLine: (line) => said.push(line) },
      );
      await until('the successor to wait', () => said.some((line) => line.includes('waits')));
      writeFileSync(join(dir, 'go'), '');
      expect(await next).toMatchObject({ code: 3 });
      expect(readFileSync(join(dir, 'order'), 'utf8')).toBe('first\nsecond\n');
      await proxy.close();
    });

    test('a shell on a terminal: raw, of its size, resized, with its exit code', async () => {
      const raw: boolean[] = [];
      const stdin = Object.assign(new PassThrough(), {
        isTTY: true,
        isRaw: false,
        setRawMode: (mode: boolean) => raw.push(mode),
      });
      const stdout = Object.assign(new PassThrough(), { isTTY: true, rows: 31, columns: 97 });
      let text = '';
      stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const terminal = {
        stdin: stdin as unknown as NodeJS.ReadStream,
        stdout: stdout as unknown as NodeJS.WriteStream,
      };
      const code = connect().shell(terminal);
      stdin.write('echo size-$(stty size | tr " " x); test -t 0 && echo is-a-terminal\n');
      await until('the answer', () => text.includes('size-31x97') && text.includes('is-a-terminal\r\n'));
      stdin.write('exit 5\n');
      expect(await code).toBe(5);
      expect(raw).toEqual([true, false]);
    });

    test('a link that is frozen is given up on after three unanswered signs of life', async () => {
      const proxy = await tcpProxy(server.endpoint.port);
      const transport = connect({ port: proxy.port }, { keepaliveIntervalMs: 100 });
      await hello(transport);
      const running = transport.run({ argv: ['sleep', '3'] });
      proxy.freeze();
      await expect(running).rejects.toMatchObject({
        code: 'LINK_LOST',
        message: expect.stringContaining('Keepalive timeout') as string,
      });
      await proxy.close();
    });

    test('callers at the same time share one connection', async () => {
      let connections = 0;
      const proxy = await tcpProxy(server.endpoint.port, () => (connections += 1));
      const transport = connect({ port: proxy.port });
      await Promise.all(Array.from({ length: 15 }, () => hello(transport)));
      expect(connections).toBe(1);
      await proxy.close();
    });

    test('a server that turns away logins under way (MaxStartups) is asked again', async () => {
      const retries: string[] = [];
      const all = await Promise.all(
        Array.from({ length: 12 }, () => hello(connect({}, { log: (line) => retries.push(line) }))),
      );
      expect(all).toEqual(Array<string>(12).fill('hello\n'));
      if (subject.name === 'OpenSSH') expect(retries.length).toBeGreaterThan(0);
    });

    test('a transport that was closed says so', async () => {
      const transport = connect();
      await hello(transport);
      await transport.close();
      await expect(hello(transport)).rejects.toMatchObject({ code: 'BUG' });
    });
  });
}
