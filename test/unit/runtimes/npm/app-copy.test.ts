import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import { appCopy } from '../../../../src/runtimes/npm/app-copy.js';

let dir: string;
let source: string;
const told: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'copy-'));
  source = join(dir, 'app');
  told.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function app(manifest: object, files: Record<string, string> = {}): void {
  for (const [name, text] of Object.entries({
    'package.json': JSON.stringify({ name: 'app', version: '1.0.0', ...manifest }),
    ...files,
  })) {
    mkdirSync(join(source, name, '..'), { recursive: true });
    writeFileSync(join(source, name), text);
  }
}

const copy = () =>
  appCopy(
    {
      state: { dir: () => Promise.resolve(join(dir, 'state')) },
      signal: new AbortController().signal,
      io: {
        listener: (event) => {
          if (event.type === 'notice') told.push(event.message);
        },
      },
    } as OperationContext,
    'm1',
    { dir: source, hash: 'abcdef0123456789abcdef', bytes: 1, hasLock: false },
  );

const BUILD =
  "const fs = require('fs'); fs.mkdirSync('dist/functions', { recursive: true }); fs.writeFileSync('dist/functions/hello.js', fs.readFileSync('src/hello.ts'));";

test('an app whose main is not in its source is built by its own script, in a copy', async () => {
  app(
    { main: 'dist/functions/*.js', scripts: { build: 'node build.cjs' } },
    { 'build.cjs': BUILD, 'src/hello.ts': 'export {};' },
  );
  const { dir: made, built } = await copy();
  expect(built).toBe(true);
  expect(readFileSync(join(made, 'dist/functions/hello.js'), 'utf8')).toBe('export {};');
  expect(existsSync(join(source, 'dist'))).toBe(false);
  expect(told).toEqual(['installing dependencies in a copy of m1', 'building in a copy of m1']);
  expect(await copy()).toEqual({ dir: made, built });
  expect(told).toHaveLength(2);
});

test('an app of function.json folders whose scriptFile is missing is built too', async () => {
  app(
    { scripts: { build: 'node build.cjs' } },
    {
      'build.cjs': BUILD,
      'src/hello.ts': '',
      'hello/function.json': '\uFEFF{ "scriptFile": "../dist/functions/hello.js", "bindings": [] }',
    },
  );
  expect((await copy()).built).toBe(true);
});

test('what is built already is taken as it is', async () => {
  app(
    { main: 'dist/{a,b}.js', scripts: { build: 'exit 1' } },
    { 'dist/b.js': '', 'node_modules/x/package.json': '{}' },
  );
  expect(await copy()).toEqual({ dir: source, built: false });
  expect(told).toEqual([]);
});

test('a build that fails is told with its last lines, and leaves nothing behind', async () => {
  app({ main: 'dist/index.js', scripts: { build: 'echo "src/index.ts(3,1): error TS1005" >&2; exit 2' } });
  await expect(copy()).rejects.toMatchObject({
    exitCode: 5,
    message: 'The build script of m1 failed.',
    hint: expect.stringContaining('error TS1005') as string,
  });
  expect(readdirSync(join(dir, 'state', 'cache', 'apps'))).toEqual([]);
});

test('a cache that cannot be written is told, and the copy goes to the folder for temporary files', async () => {
  app(
    { main: 'dist/functions/*.js', scripts: { build: 'node build.cjs' } },
    { 'build.cjs': BUILD, 'src/hello.ts': 'export {};' },
  );
  mkdirSync(join(dir, 'state', 'cache'), { recursive: true });
  writeFileSync(join(dir, 'state', 'cache', 'apps'), 'no folder');
  const made = await copy();
  expect(readFileSync(join(made.dir, 'dist/functions/hello.js'), 'utf8')).toBe('export {};');
  expect(made.dir.startsWith(join(tmpdir(), 'fanops-app-'))).toBe(true);
  expect(told[0]).toContain(`${join(dir, 'state', 'cache', 'apps')} cannot be written`);
  expect((await copy()).dir).toBe(made.dir);
  // It goes with the process, which a worker of the tests ends without.
  rmSync(join(made.dir, '..'), { recursive: true });
});

test('a package.json that is no JSON, too large, or a named pipe is an error with its path', async () => {
  mkdirSync(source);
  const file = join(source, 'package.json');
  for (const [make, said] of [
    [() => writeFileSync(file, '{ "name": '), 'JSON'],
    [() => writeFileSync(file, '[]'), 'it must be an object'],
    [() => writeFileSync(file, `{ "name": "${'x'.repeat(2 << 20)}" }`), 'it has 2 MiB, and may have 1 MiB'],
    [
      () => {
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
      'it is a named pipe',
    ],
  ] as const) {
    make();
    await expect(copy()).rejects.toMatchObject({
      code: 'BAD_JSON',
      exitCode: 2,
      where: file,
      message: expect.stringContaining(said) as string,
    });
  }
});
