import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { diskFullError, diskFullHere, fullPlace, isDiskFull, saysDiskFull } from '../../../src/core/disk-full.js';
import { temporaryCopy } from '../../../src/kit/app-cache.js';
import { confined } from '../../../src/runtimes/npm/confined.js';
import { putSeed } from '../../../src/providers/docker/seed.js';
import { smallDisk, type SmallDisk } from '../../helpers/small-disk.js';

describe('a quota that is used up is told like a full disk', () => {
  test.each([
    'tar: x: Cannot write: No space left on device',
    'write /var/lib/docker/x: no space left on device',
    'npm error code ENOSPC',
    'cp: error writing x: Disk quota exceeded',
    'cp: x: Disc quota exceeded',
    'cp: write error: Quota exceeded',
    'Error: EDQUOT: disk quota exceeded, write',
    "E: You don't have enough free space in /var/cache/apt/archives/.",
    'Error: database or disk is full',
  ])('%s', (text) => {
    expect(saysDiskFull(text)).toBe(true);
  });

  test.each(['npm error code EACCES', 'No such file or directory', 'the disk is fine'])(
    '%s is something else',
    (text) => {
      expect(saysDiskFull(text)).toBe(false);
    },
  );

  test('the error names the quota and not the space of the disk, also as a cause and where a program said it', () => {
    const cause = Object.assign(new Error('EDQUOT: disk quota exceeded, write'), {
      code: 'EDQUOT',
      path: '/srv/data/file',
    });
    const wrapped = new Error('copying failed', { cause });
    expect(isDiskFull(wrapped)).toBe(true);
    for (const error of [
      diskFullHere(cause),
      diskFullError('/srv/data/file', wrapped),
      diskFullError('/srv/data/file', new Error('cp: Disc quota exceeded')),
    ]) {
      expect(error).toMatchObject({
        code: 'DISK_FULL',
        message: 'The disk quota of this user on this machine is used up: /srv/data/file cannot be written.',
        hint: expect.stringContaining('quota -s') as string,
      });
    }
  });
});

const at = mkdtempSync(join(tmpdir(), 'fo-tmpdir-'));
const small = smallDisk(at, '256k,nr_inodes=40');

/** Small disks take root: elsewhere these cases do not exist. */
describe.runIf(small !== undefined)('a full folder for temporary files is named', () => {
  const disk = small as SmallDisk;
  const before = process.env.TMPDIR;
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    disk.free();
  });
  afterAll(() => {
    disk.unmount();
    rmSync(at, { recursive: true, force: true });
  });
  const within = (): void => {
    process.env.TMPDIR = at;
    disk.fill();
  };
  const full = {
    code: 'DISK_FULL',
    message: expect.stringMatching(new RegExp(`^The disk of this machine is full: ${at}`)) as string,
  };

  test('when the user data of a container cannot be written there, and nothing of it stays', async () => {
    within();
    const engine = { must: async () => '' } as unknown as Parameters<typeof putSeed>[0];
    const spec = { fleet: 'f', name: 'a-1', userData: 'x'.repeat(100_000) } as Parameters<typeof putSeed>[1];
    await expect(putSeed(engine, spec)).rejects.toMatchObject(full);
    expect(readdirSync(at)).toEqual(['ballast']);
  });

  test('when a program that runs there fails for that, although the place of its files has room', async () => {
    within();
    const script = 'require("fs").writeFileSync(require("path").join(process.env.HOME, "x"), Buffer.alloc(300000))';
    const failed: unknown = await confined(['-e', script], {
      timeout: 20_000,
      maxBuffer: 1 << 20,
      signal: new AbortController().signal,
      networkless: [],
    }).catch((error: unknown) => error);
    expect(saysDiskFull((failed as { stderr: string }).stderr)).toBe(true);
    expect(fullPlace('/')).toBe(at);
    expect(diskFullError(fullPlace('/'), failed)).toMatchObject(full);
  });

  test('when no folder can be made there any more', async () => {
    process.env.TMPDIR = at;
    for (let number = 0; ; number += 1) {
      try {
        mkdirSync(join(at, `folder-${number}`));
      } catch {
        break; // no file can be added
      }
    }
    const failed: unknown = await temporaryCopy('/cache/apps/m1').catch((error: unknown) => error);
    expect(isDiskFull(failed)).toBe(true);
    await expect(
      confined(['-e', '0'], {
        timeout: 20_000,
        maxBuffer: 1000,
        signal: new AbortController().signal,
        networkless: [],
      }),
    ).rejects.toMatchObject(full);
  });
});
