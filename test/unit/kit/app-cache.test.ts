import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneCopies, unusedCopies, useCopy } from '../../../src/kit/app-cache.js';
import { processStart } from '../../../src/runs/operator.js';

const DAY = 24 * 3_600_000;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cache-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A copy of a service that was used so many days ago. */
function copy(service: string, number: number, days: number, end = ''): string {
  const name = `${service}-${String(number).padStart(16, '0')}${end}`;
  mkdirSync(join(dir, name));
  writeFileSync(join(dir, name, 'package.json'), '{}');
  const at = new Date(Date.now() - days * DAY);
  utimesSync(join(dir, name), at, at);
  return name;
}

test('of the copies of an app the three newest stay, and none that was not used for 30 days', async () => {
  for (let number = 1; number <= 6; number += 1) copy('m1', number, number);
  const mixed = [copy('m1-b', 1, 1), copy('m1-b', 2, 2, '-built')];
  copy('m1-b', 3, 31);
  copy('old', 1, 40);
  writeFileSync(join(dir, 'README'), 'not ours');
  expect(await pruneCopies(dir)).toBe(5);
  const stay = [1, 2, 3].map((number) => `m1-000000000000000${number}`);
  expect(readdirSync(dir).sort()).toEqual(['README', ...stay, ...mixed].sort());
  expect(await pruneCopies(dir)).toBe(0);
});

test('a copy that another running process uses stays; what ended processes left goes', async () => {
  const child = spawn('sleep', ['60']);
  try {
    const used = copy('m1', 9, 90);
    const start = ((await processStart(child.pid ?? 0)) ?? '').replaceAll(/[^A-Za-z0-9]/g, '_');
    writeFileSync(join(dir, `${used}.${child.pid}-${start}.use`), '');
    const draft = copy('m1', 8, 0, `.${child.pid}`);
    const left = copy('m1', 7, 0, '.4194399');
    const half = copy('m1', 6, 0, '.gone');
    const ended = copy('m1', 5, 90);
    writeFileSync(join(dir, `${ended}.4194399-1.use`), '');
    expect(await pruneCopies(dir)).toBe(3);
    expect([used, draft, left, half, ended].map((name) => existsSync(join(dir, name)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(readdirSync(dir).filter((name) => name.includes('4194399'))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a use makes a copy the newest, and keeps it while this process works with it', async () => {
  for (let number = 1; number <= 4; number += 1) copy('m1', number, number);
  const oldest = copy('m1', 5, 60);
  await useCopy(join(dir, oldest));
  expect(await unusedCopies(dir)).toEqual([3, 4].map((number) => join(dir, `m1-000000000000000${number}`)));
  await pruneCopies(dir);
  expect(readdirSync(dir).sort()).toEqual([1, 2, 5].map((number) => `m1-000000000000000${number}`));
});
