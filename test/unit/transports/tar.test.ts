import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packDirectory } from '../../../src/transports/tar.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tar-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const list = (tar: Buffer): string[] =>
  execFileSync('tar', ['--numeric-owner', '--quoting-style=literal', '-tvf', '-'], { input: tar, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+ \S+) +\d+ \S+ \S+ /, '$1 '));

test('fixed order, modes kept, owners dropped, what is ignored left out', async () => {
  for (const name of ['b', 'a', 'b/z', 'b/node_modules', 'b/node_modules/x'])
    mkdirSync(join(dir, name), { mode: 0o755 });
  writeFileSync(join(dir, 'b/z/file'), 'x', { mode: 0o640 });
  writeFileSync(join(dir, '@not an option'), 'x', { mode: 0o755 });
  writeFileSync(join(dir, 'ä'), 'x', { mode: 0o600 });
  symlinkSync('b/z/file', join(dir, 'link'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const tar = await buffer(
    packDirectory(dir, { ignore: (path, isDirectory) => isDirectory && path.endsWith('node_modules') }),
  );
  expect(list(tar)).toEqual([
    '-rwxr-xr-x 0/0 ./@not an option',
    'drwxr-xr-x 0/0 ./a/',
    'drwxr-xr-x 0/0 ./b/',
    'drwxr-xr-x 0/0 ./b/z/',
    '-rw-r----- 0/0 ./b/z/file',
    'lrwxrwxrwx 0/0 ./link -> b/z/file',
    '-rw------- 0/0 ./ä',
  ]);
  expect(tar.includes(process.env.USER ?? 'root\0')).toBe(false);
});

test('the same directory gives the same bytes', async () => {
  for (let at = 0; at < 30; at += 1) {
    writeFileSync(join(dir, `file-${at}`), 'x'.repeat(at * 1000));
    utimesSync(join(dir, `file-${at}`), 1000, 1000 + at);
  }
  utimesSync(dir, 1000, 1000);
  const [first, second] = [await buffer(packDirectory(dir)), await buffer(packDirectory(dir))];
  expect(first.equals(second)).toBe(true);
});

test('long names and a large file', async () => {
  const long = join('d'.repeat(120), 'e'.repeat(120), 'f'.repeat(120));
  mkdirSync(join(dir, long), { recursive: true });
  writeFileSync(join(dir, long, 'big'), Buffer.alloc(3_000_000, 7));
  const target = join(dir, 'out');
  mkdirSync(target);
  execFileSync('tar', ['-xf', '-', '-C', target], {
    input: await buffer(packDirectory(dir, { ignore: (path) => path === 'out' })),
  });
  expect(execFileSync('cmp', [join(dir, long, 'big'), join(target, long, 'big')]).length).toBe(0);
});

test('an empty directory is an empty archive', async () => {
  expect(execFileSync('tar', ['-tf', '-'], { input: await buffer(packDirectory(dir)), encoding: 'utf8' })).toBe('');
});

test('a file that vanishes while it is packed breaks the stream', async () => {
  writeFileSync(join(dir, 'gone'), 'x');
  const stream = packDirectory(dir);
  rmSync(join(dir, 'gone'));
  await expect(buffer(stream)).rejects.toThrow('ENOENT');
});

test('a directory that cannot be read is named', () => {
  expect(() => packDirectory(join(dir, 'missing'))).toThrow(/missing cannot be packed: ENOENT/);
});
