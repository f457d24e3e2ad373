import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RouterIo } from '../../../../src/operations/router/engine.js';
import { keepSettings, putSettings } from '../../../../src/operations/router/program-restore.js';

const exec = promisify(execFile);
let home: string;
let puts: number;
let io: RouterIo;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kept-'));
  mkdirSync(join(home, 'fanops/router'), { recursive: true });
  puts = 0;
  const transport = {
    getFile: async (path: string) => (existsSync(join(home, path)) ? readFileSync(join(home, path)) : undefined),
    // In one step, as on a host: what was linked keeps its content.
    putFile: async (text: string, path: string) => {
      puts += 1;
      writeFileSync(join(home, `${path}.new`), text);
      renameSync(join(home, `${path}.new`), join(home, path));
    },
    run: async ({ argv: [command = '', ...args] }: { argv: string[] }) => ({
      code: 0,
      signal: null,
      ...(await exec(command, args, { cwd: home, env: { ...process.env, HOME: home } })),
    }),
  };
  const signal = new AbortController().signal;
  io = {
    ctx: { hosts: { transport: async () => transport }, signal },
    runId: 'run-1',
    step: { id: 'configure' },
    signal,
    progress: () => undefined,
  } as unknown as RouterIo;
});
afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

const settings = (): string => join(home, 'fanops/router/router.json');
const kept = (): string => `${settings()}.kept`;

test('the settings before new ones are kept under a second name, and are put back by that: nothing is written', async () => {
  writeFileSync(settings(), '{"mark":"before"}\n');
  await keepSettings(io, 'router');
  await putSettings(io, 'router', '{"mark":"after"}\n');
  expect([readFileSync(settings(), 'utf8'), readFileSync(kept(), 'utf8'), puts]).toEqual([
    '{"mark":"after"}\n',
    '{"mark":"before"}\n',
    1,
  ]);
  await putSettings(io, 'router', '{"mark":"before"}\n');
  expect([readFileSync(settings(), 'utf8'), puts]).toEqual(['{"mark":"before"}\n', 1]);
  expect(statSync(settings()).ino).toBe(statSync(kept()).ino);
});

test('kept settings of another time are not taken for those that are to be put back', async () => {
  writeFileSync(settings(), '{"mark":"after"}\n');
  writeFileSync(kept(), '{"mark":"long ago"}\n');
  await putSettings(io, 'router', '{"mark":"before"}\n');
  expect([readFileSync(settings(), 'utf8'), readFileSync(kept(), 'utf8'), puts]).toEqual([
    '{"mark":"before"}\n',
    '{"mark":"long ago"}\n',
    1,
  ]);
});
