import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { expandBraces, isPattern } from '../../src/core/braces.js';
import { findEntryPoints } from '../../src/core/load-app.js';
import { readAppPackage } from '../../src/core/package-json.js';
import { makeApp, run, scratch, writeApp, type Files } from './app.js';

/** A CommonJS file that notes its name and registers nothing. */
const noted = (name: string): string => `(globalThis.files ??= []).push('${name}');\n`;
const showFiles =
  "require('@azure/functions').app.http('files', { handler: async () => ({ jsonBody: globalThis.files ?? [] }) });\n";
const esmShow =
  "import { app } from '@azure/functions';\n" +
  "app.http('files', { handler: async () => ({ jsonBody: globalThis.files ?? [] }) });\n";

async function filesOf(files: Files): Promise<unknown> {
  const app = await run(makeApp(files));
  expect(app.stderr()).not.toContain('"critical"');
  return (await app.get('/api/files')).json();
}

describe('main', () => {
  test('[1.5-7] is a glob with *, ** and braces', async () => {
    const dir = writeApp(scratch(), {
      'a.js': '',
      'src/b.js': '',
      'src/deep/c.js': '',
      'src/deep/d.mjs': '',
      'src/e.txt': '',
    });
    const cases: [string, string[]][] = [
      ['a.js', ['a.js']],
      ['./src/b.js', ['src/b.js']],
      ['src/*.js', ['src/b.js']],
      ['src/**/*.js', ['src/b.js', 'src/deep/c.js']],
      ['src/**/*.{js,mjs}', ['src/b.js', 'src/deep/c.js', 'src/deep/d.mjs']],
      ['{src/deep/c.js,a.js}', ['src/deep/c.js', 'a.js']],
      ['{src/deep/*.js,a.js}', ['a.js', 'src/deep/c.js']],
      ['src\\b.js', ['src/b.js']],
      ['src/{x,y}.js', []],
      ['nothing.js', []],
      ['src/deep', ['src/deep/c.js', 'src/deep/d.mjs']],
    ];
    for (const [main, files] of cases) expect([main, await findEntryPoints(dir, main)]).toEqual([main, files]);
  });

  test('[1.5-8] its files load one after the other, each awaited', async () => {
    const wait = 'await new Promise((resolve) => setTimeout(resolve, 50));\n';
    expect(
      await filesOf({
        'package.json': { main: 'src/{start.js,functions/*.js}', type: 'module' },
        'src/start.js': wait + noted('start') + esmShow,
        'src/functions/a.js': wait + noted('a'),
        'src/functions/b.js': noted('b'),
      }),
    ).toEqual(['start', 'a', 'b']);
  });

  test('[1.5-6] counts only when it is a string, as does type', async () => {
    const dir = writeApp(scratch(), { 'package.json': { name: 1, main: ['index.js'], type: 7, dependencies: null } });
    expect(await readAppPackage(dir)).toMatchObject({
      main: undefined,
      type: undefined,
      name: undefined,
      dependencies: [],
    });
  });

  test('[1.5-5] a missing or broken package.json is a warning', async () => {
    expect((await readAppPackage(scratch())).warning).toContain('cannot be read');
    for (const text of ['{ broken', '[]', 'null']) {
      expect((await readAppPackage(writeApp(scratch(), { 'package.json': text }))).warning).toContain('package.json');
    }
    const root = writeApp(scratch(), {
      'hello/function.json': {
        bindings: [
          { type: 'httpTrigger', name: 'req', authLevel: 'anonymous' },
          { type: 'http', direction: 'out', name: 'res' },
        ],
      },
      'hello/index.js': 'module.exports = async (context) => { context.res = { body: "runs" }; };',
    });
    rmSync(join(root, 'package.json'));
    const app = await run(root);
    expect(await (await app.get('/api/hello')).text()).toBe('runs');
    expect(app.log()).toContainEqual(
      expect.objectContaining({ level: 'warning', message: expect.stringContaining('package.json') as string }),
    );
  });
});

describe('an entry point that fails', () => {
  test('[1.5-9, 1.5-10, 1.5-11] blocks the app; appStart hooks ran; the stack goes to stderr', async () => {
    const app = await run(
      makeApp({
        'package.json': { main: 'src/*.js' },
        'src/a.js':
          "const { app } = require('@azure/functions');\napp.hook.appStart(() => console.log('start hook ran'));\n" +
          showFiles,
        'src/b.js': "throw new Error('no database');\n",
        'src/c.js': "console.log('must not load');\n",
      }),
    );
    expect([app.url, await app.exited]).toEqual(['', 1]);
    expect(app.stderr()).toContain('src/b.js failed to load');
    expect(app.stderr()).toMatch(/Error: no database\\n +at .*b\.js:1:7/);
    expect(app.stderr()).toContain('start hook ran');
    expect(app.stderr()).not.toContain('must not load');
  });

  it('blocks also when main matches nothing, with what to do', async () => {
    for (const [main, text] of [
      ['dist/**/*.js', 'No file matches'],
      ['index.js', 'There is no file for'],
    ] as const) {
      const app = await run(makeApp({ 'package.json': { main } }));
      expect([app.url, await app.exited]).toEqual(['', 1]);
      expect(app.stderr()).toContain(text);
      expect(app.stderr()).toContain('Was the app built?');
    }
  });

  test('[1.4-5] two identical bindings in one function are an error of loading', async () => {
    const app = await run(
      makeApp({
        'package.json': { main: 'index.js' },
        'index.js':
          "const { app, output } = require('@azure/functions');\n" +
          "const queue = () => output.storageQueue({ queueName: 'q', connection: 'C' });\n" +
          "app.http('twice', { extraOutputs: [queue(), queue()], handler: async () => ({}) });\n",
      }),
    );
    expect([app.url, await app.exited]).toEqual(['', 1]);
    expect(app.stderr()).toContain('Duplicate bindings found');
  });
});

describe('modules', () => {
  test('[1.5-13] .mjs is ESM, .cjs is not, else the type of package.json decides', async () => {
    const esm = "import { app } from '@azure/functions';\n";
    const cjs = "const { app } = require('@azure/functions');\n";
    const kind = "app.http('kind', { handler: async () => ({ body: typeof require }) });\n";
    const cases: [Files, string][] = [
      [{ 'package.json': { main: 'i.mjs' }, 'i.mjs': esm + kind }, 'undefined'],
      [{ 'package.json': { main: 'i.cjs', type: 'module' }, 'i.cjs': cjs + kind }, 'function'],
      [{ 'package.json': { main: 'i.js', type: 'module' }, 'i.js': esm + kind }, 'undefined'],
      [{ 'package.json': { main: 'i.js', type: 'commonjs' }, 'i.js': cjs + kind }, 'function'],
      [{ 'package.json': { main: 'i.js' }, 'i.js': cjs + kind }, 'function'],
    ];
    for (const [files, answer] of cases)
      expect(await (await (await run(makeApp(files))).get('/api/kind')).text()).toBe(answer);
  });

  test('[1.5-14, 1.2-3] an ES module may use top-level await; what it registers by @azure/functions is there', async () => {
    expect(
      await filesOf({
        'package.json': { main: 'i.js', type: 'module' },
        'i.js':
          "const later = await new Promise((resolve) => setTimeout(() => resolve('awaited'), 30));\n" +
          `(globalThis.files = []).push(later);\n${esmShow}`,
      }),
    ).toEqual(['awaited']);
  });

  test('[1.5-12] without main nothing is loaded but function.json', async () => {
    const app = await run(
      writeApp(scratch(), {
        'index.js': "throw new Error('must not load');\n",
        'hi/function.json': {
          bindings: [
            { type: 'httpTrigger', name: 'req', authLevel: 'anonymous' },
            { type: 'http', direction: 'out', name: '$return' },
          ],
        },
        'hi/index.js': 'module.exports = async () => ({ body: "hi" });',
      }),
    );
    expect(await (await app.get('/api/hi')).text()).toBe('hi');
  });
});

it('an app without any function is refused, with what is missing', async () => {
  const app = await run(makeApp({ 'package.json': { main: 'index.js' }, 'index.js': '' }));
  expect([app.url, await app.exited]).toEqual(['', 1]);
  expect(app.stderr()).toContain('No function was registered');
});

it('braces of a glob are expanded outermost first', () => {
  expect(expandBraces('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef']);
  expect(expandBraces('{a,b}{c,d}')).toEqual(['ac', 'ad', 'bc', 'bd']);
  expect([expandBraces('a{1..3}.js'), expandBraces('a{b.js')]).toEqual([['a{1..3}.js'], ['a{b.js']]);
  expect(['a.js', 'a/*.js', 'a/b?.js', '[a].js', 'a{b'].map(isPattern)).toEqual([false, true, true, true, true]);
});
