import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeJson } from '../src/json-file.js';

let dir: string;
let mounted: boolean;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'reserve-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir], { stdio: 'ignore' });
    mounted = true;
  } catch {
    mounted = false;
  }
});
afterEach(() => {
  if (mounted) execFileSync('umount', [dir]);
  rmSync(dir, { recursive: true, force: true });
});

async function fill(): Promise<void> {
  for (let size = 64 << 10; size >= 1; size = size >> 1) {
    for (;;) {
      const full = await appendFile(join(dir, 'ballast'), Buffer.alloc(size)).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'ENOSPC',
      );
      if (full) break;
    }
  }
}

test('on a full disk some writes can still be made, each whole; more when there is room again', async (context) => {
  context.skip(!mounted, 'a small disk cannot be mounted here: that takes root');
  const file = join(dir, 'route.json');
  await writeJson(dir, file, { version: 0 });
  await fill();
  await expect(writeFile(join(dir, 'other'), 'x'.repeat(5000))).rejects.toThrow('ENOSPC');
  for (let version = 1; version <= 5; version += 1) {
    await writeJson(dir, file, { version, padding: 'x'.repeat(version * 100) });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version });
    await fill();
  }
  expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  rmSync(join(dir, 'ballast'));
  await writeJson(dir, file, { version: 9 });
  expect((await readdir(join(dir, 'reserve'))).length).toBe(8);
});
