import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastLines } from '../../../src/core/lines.js';
import { replaceFile, replaceFileSync } from '../../../src/core/write-file.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'write file '));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ways = [
  ['replaceFile', replaceFile],
  ['replaceFileSync', async (...args: Parameters<typeof replaceFileSync>) => replaceFileSync(...args)],
] as const;

test.each(ways)('%s puts the whole file there with its mode, and leaves no draft', async (_name, replace) => {
  const file = join(dir, 'a file');
  writeFileSync(file, 'before');
  await replace(file, 'after\n', 0o600);
  expect(readFileSync(file, 'utf8')).toBe('after\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['a file']);
});

test.each(ways)('%s that fails leaves what was there, and no draft', async (_name, replace) => {
  const file = join(dir, 'a folder');
  mkdirSync(file);
  writeFileSync(join(file, 'kept'), '');
  await expect(replace(file, 'after\n', 0o600)).rejects.toThrow();
  expect(readdirSync(dir)).toEqual(['a folder']);
  expect(readdirSync(file)).toEqual(['kept']);
});

test('the mode of a replaced file is the one that is asked for, whatever the umask', async () => {
  const file = join(dir, 'script');
  const before = process.umask(0o077);
  try {
    await replaceFile(file, '#!/bin/sh\n', 0o755);
  } finally {
    process.umask(before);
  }
  expect(statSync(file).mode & 0o777).toBe(0o755);
  chmodSync(file, 0o600);
});

test('the last lines of a text leave out what is empty at its end', () => {
  expect(lastLines('one\ntwo\nthree\n\n', 2)).toBe('two\nthree');
  expect(lastLines('one', 3)).toBe('one');
  expect(lastLines('', 3)).toBe('');
});
