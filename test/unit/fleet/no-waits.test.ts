import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from 'node:net';
import { loadFleet } from '../../../src/fleet/load.js';
import { resolveReference } from '../../../src/fleet/secrets.js';
import { operatorKeys } from '../../../src/context/operator-keys.js';
import type { OperationContext } from '../../../src/kit/context.js';
import { readSource } from '../../../src/kit/source.js';
import { readKeyFile } from '../../../src/transports/key-file.js';
import { parseFleet, REGISTRY } from '../../helpers/modules.js';
import { numberIn, until } from '../../helpers/until.js';

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0) && !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('no wait for a file or a command without a deadline', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'fo-waits-'));
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    mkdirSync(join(dir, 'folder'));
    writeFileSync(join(dir, 'huge'), '');
    truncateSync(join(dir, 'huge'), 1 << 30);
    symlinkSync('loop', join(dir, 'loop'));
    symlinkSync('pipe', join(dir, 'link'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const what: [string, RegExp][] = [
    ['pipe', /is a named pipe/],
    ['link', /is a named pipe/],
    ['folder', /is a folder/],
    ['huge', /has 1 GiB, and may have/],
    ['loop', /ELOOP/],
    ['/dev/zero', /is a device/],
  ];
  test.each(what)('a reference file:%s is refused', async (name, why) => {
    await expect(resolveReference(`file:${name}`, 'services.a.settings.X', dir, {})).rejects.toThrow(why);
  });
  test.each(what)('a fleet file %s is refused with its path', async (name, why) => {
    await expect(loadFleet(join(dir, name).replace(/.*(\/dev\/)/, '$1'), REGISTRY)).rejects.toThrow(why);
  });
  test.each(what)('a private key %s is no key', async (name, why) => {
    expect((await readKeyFile(name.startsWith('/') ? name : join(dir, name))).reason).toMatch(why);
  });
  test('a public key that is a named pipe is refused', async () => {
    const fleet = parseFleet(
      'fleet: a\nsshKeys: ["file:pipe"]\nhosts: { b: { address: 192.0.2.1, roles: [app] } }\n',
      join(dir, 'fanops.yaml'),
    );
    await expect(operatorKeys(fleet, 'b', dir)).rejects.toThrow(/is a named pipe/);
  });

  test('a command that prints for ever is ended with all that it started, and so is one when the user stops', async () => {
    await expect(resolveReference('cmd:yes', 'x', dir, process.env)).rejects.toThrow('printed more than');
    const stop = new AbortController();
    const waiting = resolveReference(
      `cmd:sleep 3600.5 & echo $! > ${join(dir, 'pid')}; wait`,
      'x',
      dir,
      process.env,
      stop.signal,
    );
    const pid = await numberIn(join(dir, 'pid'));
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await until('what it started to end', () => !isThere(pid));
  });

  const sourceOf = (source: string) =>
    readSource(
      {
        fleet: async () =>
          parseFleet(
            `fleet: a\nhosts: { b: { address: 192.0.2.1, roles: [app] } }\nservices: { s: { source: ${source}, placements: { az: { platform: azure-functions, url: "https://a.example" } } } }\n`,
            join(dir, 'fanops.yaml'),
          ),
      } as OperationContext,
      's',
    );
  const app = (name: string): string => {
    mkdirSync(join(dir, name, 'src'), { recursive: true });
    writeFileSync(join(dir, name, 'package.json'), '{}');
    return name;
  };
  test('a source folder with a named pipe or a socket in it is refused with the path of that', async () => {
    execFileSync('mkfifo', [join(dir, app('with-pipe'), 'src/pipe')]);
    await expect(sourceOf('with-pipe')).rejects.toMatchObject({
      message: `${join(dir, 'with-pipe/src/pipe')} is a named pipe, which cannot be part of an app.`,
      exitCode: 2,
    });
    const server = createServer().listen(join(dir, app('with-socket'), 'src/s'));
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(sourceOf('with-socket')).rejects.toThrow(/src\/s is a socket/);
    server.close();
  });
  test('links that lead back to themselves or to their own folder are read as links', async () => {
    symlinkSync('loop', join(dir, app('with-loop'), 'src/loop'));
    symlinkSync('..', join(dir, 'with-loop/src/up'));
    expect((await sourceOf('with-loop')).bytes).toBe(8);
    await expect(sourceOf('loop')).rejects.toThrow('is no app');
  });
});
