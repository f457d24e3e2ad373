import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { packDirectory } from '../../src/transports/tar.js';
import type { Transport } from '../../src/transports/transport.js';

/** What the cases of a transport work with, once it is started. */
export interface TransportBench {
  transport: Transport;
  /** A folder on this machine, which is the host of all subjects. */
  dir: string;
}

/** How every transport moves files, carries connections and opens a shell. */
export function fileCases(at: TransportBench): void {
  test('putTar keeps modes and links, leaves out what is ignored', async () => {
    const source = join(at.dir, 'source');
    mkdirSync(join(source, 'sub', 'empty'), { recursive: true });
    mkdirSync(join(source, 'skipped'));
    for (const [name, mode] of [
      ['tool', 0o755],
      ['secret', 0o600],
      ['sub/shared', 0o664],
      ["@odd name's", 0o644],
      ['skipped/file', 0o644],
      ['readonly', 0o444],
    ] as const) {
      writeFileSync(join(source, name), `content of ${name}`);
      chmodSync(join(source, name), mode);
    }
    symlinkSync('sub/shared', join(source, 'link'));
    symlinkSync('../nowhere', join(source, 'dangling'));
    const target = join(at.dir, "target dir's", 'deep');
    await at.transport.putTar(packDirectory(source, { ignore: (path) => path === 'skipped' }), target);
    expect(readdirSync(target, { recursive: true }).sort()).toEqual([
      "@odd name's",
      'dangling',
      'link',
      'readonly',
      'secret',
      'sub',
      'sub/empty',
      'sub/shared',
      'tool',
    ]);
    expect(
      ['tool', 'secret', 'sub/shared', 'readonly'].map((name) => statSync(join(target, name)).mode & 0o777),
    ).toEqual([0o755, 0o600, 0o664, 0o444]);
    expect([readlinkSync(join(target, 'link')), readlinkSync(join(target, 'dangling'))]).toEqual([
      'sub/shared',
      '../nowhere',
    ]);
    expect(readFileSync(join(target, "@odd name's"), 'utf8')).toBe("content of @odd name's");
  });

  test('putTar fails on what is no tar, and on a place that cannot be written', async () => {
    await expect(at.transport.putTar(Readable.from(['this is no tar']), join(at.dir, 'x'))).rejects.toMatchObject({
      code: 'REMOTE',
      status: 2,
    });
    writeFileSync(join(at.dir, 'file'), '');
    await expect(at.transport.putTar(packDirectory(at.dir), join(at.dir, 'file', 'x'))).rejects.toMatchObject({
      code: 'REMOTE',
      stderr: expect.stringContaining('file') as string,
    });
  });

  test('putFile makes parents, sets the mode, replaces in one step', async () => {
    const path = join(at.dir, 'conf', "it's", 'app.json');
    await at.transport.putFile('one', path, 0o600);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const before = lstatSync(path).ino;
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
    await at.transport.putFile(bytes, path);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(lstatSync(path).ino).not.toBe(before);
    expect(readdirSync(join(at.dir, 'conf', "it's"))).toEqual(['app.json']);
  });

  test('putFile onto a directory fails and leaves nothing', async () => {
    mkdirSync(join(at.dir, 'folder', 'taken'), { recursive: true });
    await expect(at.transport.putFile('x', join(at.dir, 'folder', 'taken'))).rejects.toMatchObject({
      stderr: expect.stringContaining('is a directory') as string,
    });
    expect(readdirSync(join(at.dir, 'folder'), { recursive: true })).toEqual(['taken']);
  });

  test('getFile gives bytes, nothing for a missing file, an error for one that cannot be read', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    await at.transport.putFile(bytes, join(at.dir, 'bytes'));
    expect((await at.transport.getFile(join(at.dir, 'bytes')))?.equals(bytes)).toBe(true);
    expect(await at.transport.getFile(join(at.dir, 'nothing here'))).toBeUndefined();
    await expect(at.transport.getFile(at.dir)).rejects.toMatchObject({
      code: 'REMOTE',
      stderr: expect.stringContaining('Is a directory') as string,
    });
  });

  test('paths that start with a dash or stand for the home', async () => {
    const home = (await at.transport.run({ argv: ['sh', '-c', 'cd && pwd'] })).stdout.trim();
    const name = `-fanops-${process.pid}.txt`;
    await at.transport.putFile('dash', name);
    expect(readFileSync(join(home, name), 'utf8')).toBe('dash');
    expect((await at.transport.getFile(name))?.toString()).toBe('dash');
    rmSync(join(home, name));
  });

  test('a tunnel carries both ways and closes', async () => {
    const echo = createServer({ allowHalfOpen: true }, (socket) =>
      socket.on('error', () => socket.destroy()).pipe(socket),
    );
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const tunnel = await at.transport.tunnel((echo.address() as AddressInfo).port);
    const sent = 'x'.repeat(200_000);
    const received = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(tunnel.port, '127.0.0.1', () => socket.end(sent));
      socket
        .on('data', (chunk) => (text += chunk.toString()))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(received.length).toBe(sent.length);
    await tunnel.close();
    await expect(
      new Promise((resolve, reject) => connect(tunnel.port, '127.0.0.1', () => resolve('open')).on('error', reject)),
    ).rejects.toThrow('ECONNREFUSED');
    await new Promise((resolve) => echo.close(resolve));
  });

  test('a shell runs what is typed and gives its exit code', async () => {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    let text = '';
    stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stdin.end('echo "typed: $((20 + 22))"\nexit 7\n');
    const code = await at.transport.shell({
      stdin: stdin as unknown as NodeJS.ReadStream,
      stdout: stdout as unknown as NodeJS.WriteStream,
    });
    expect(code).toBe(7);
    expect(text).toContain('typed: 42');
  });
}
