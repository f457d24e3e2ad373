import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseLogLine, readLog } from '../../../src/remote/service-log.js';

let dir: string;
const at = (minute: number): string => `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
const line = (minute: number): string =>
  JSON.stringify({ time: at(minute), level: 'information', category: 'c', message: `m${minute}` });
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-'));
  writeFileSync(join(dir, 'out.log.2'), `${line(1)}\n${line(2)}\n`);
  writeFileSync(join(dir, 'out.log.1'), `${line(3)}\n  of three\n${line(4)}\n`);
  writeFileSync(join(dir, 'out.log'), `${line(5)}\n`);
});
afterAll(() => rmSync(dir, { recursive: true }));
const read = (name: string, lines: number | 'all', since?: string): string[] => {
  const [program = '', ...args] = readLog(join(dir, name), lines, since);
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean);
};

test('the last lines reach over rotated files, and a log that is not there is empty', () => {
  expect(read('out.log', 1)).toEqual([line(5)]);
  expect(read('out.log', 3)).toEqual(['  of three', line(4), line(5)]);
  expect(read('out.log', 'all')).toHaveLength(6);
  expect(read('other.log', 5)).toEqual([]);
});

test('since a time: a line without one belongs to the line before it', () => {
  expect(read('out.log', 100, at(3))).toEqual([line(3), '  of three', line(4), line(5)]);
  expect(read('out.log', 100, at(6))).toEqual([]);
});

test.each([
  [
    '{"time":"2026-01-01T00:00:00.000Z","level":"warning","category":"Function.f","function":"f","message":"hi"}',
    { level: 'warning', source: 'f', message: 'hi' },
  ],
  [
    '{"time":"2026-01-01T00:00:00.000Z","level":"odd","category":"Host","message":"hi"}',
    { level: 'error', source: 'Host', message: 'hi' },
  ],
  ['ready http://127.0.0.1:1', { level: 'error', message: 'ready http://127.0.0.1:1' }],
  ['{"time":1,"message":[]}', { level: 'error', message: '{"time":1,"message":[]}' }],
  [
    '2026-01-01T00:00:00.123456789Z it listens',
    { level: 'error', time: '2026-01-01T00:00:00.123456789Z', message: 'it listens' },
  ],
  ['{broken', { level: 'error', message: '{broken' }],
])('a line is read: %s', (raw, expected) => {
  expect(parseLogLine(raw, true)).toMatchObject({ raw, ...expected });
});
