import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cutBy, parseShutdowns, readShutdowns, shutdownDir } from '../../../src/remote/shutdowns.js';

test('the reports of stopped workers are read, and a worker that was killed while it waited counts what it had under way as cut', () => {
  const home = mkdtempSync(join(tmpdir(), 'fanops-shutdowns-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const read = () =>
    parseShutdowns(
      execFileSync(readShutdowns('m1')[0]!, readShutdowns('m1').slice(1), { cwd: home, encoding: 'utf8' }),
    );
  expect(read()).toEqual([]);
  const report = { startedAt: '2026-01-01T00:00:00.000Z', deadlineMs: 1000 };
  mkdirSync(join(home, shutdownDir('m1')), { recursive: true });
  for (const [pid, more] of Object.entries({
    1: { underWay: 0, cut: 2 },
    2: { underWay: 3 },
    3: { underWay: 0, cut: 0 },
  })) {
    writeFileSync(
      join(home, shutdownDir('m1'), `${pid}.json`),
      `${JSON.stringify({ pid: Number(pid), ...report, ...more })}\n`,
    );
  }
  writeFileSync(join(home, shutdownDir('m1'), '4.json'), '{"pid":4,\n');
  expect(read().map(({ pid }) => pid)).toEqual([1, 2, 3]);
  expect(cutBy(read())).toBe(5);
});
