import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it, test } from 'vitest';
import { analysed } from './analysis.js';
import { logged, makeApp, run, scratch, writeApp, type Files } from './app.js';

const require = createRequire(import.meta.url);

/** What differs between the versions stays out: hooks are set through the core, as 4.0 has none of its own. */
const shared: Files = {
  'package.json': { main: 'index.js' },
  'index.js': `
    const core = require('@azure/functions-core');
    const { app, input, output } = require('@azure/functions');
    let hooked = 0;
    core.registerHook('preInvocation', () => void hooked++);
    app.http('hello', {
      methods: ['GET', 'POST'], route: 'hello/{name}',
      handler: async (request, context) => ({
        jsonBody: { name: request.params.name, q: request.query.get('q'), hooked: hooked > 0, fn: context.functionName,
          body: request.method === 'POST' ? await request.text() : null },
        headers: { 'x-made': 'yes' }, cookies: [{ name: 'c', value: 'v' }], status: 201,
      }),
    });
    const tick = async (timer, context) => {
      const retry = context.retryContext;
      context.log(context.functionName + JSON.stringify([typeof timer.isPastDue, retry.retryCount, retry.maxRetryCount]));
      if (retry.retryCount === 0) throw new Error('once more');
    };
    const retry = { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: 1 };
    app.timer('tick', { schedule: '0 0 0 1 1 *', runOnStartup: true, retry, handler: tick });
    const old = { ...retry, delayInterval: { seconds: 1 } };
    const trigger = { type: 'timerTrigger', direction: 'in', schedule: '0 0 0 1 1 *', runOnStartup: true, retry: old };
    core.registerFunction({ name: 'old', bindings: { timer: trigger } }, tick);
    app.http('model', { handler: async () => ({ jsonBody: { name: core.getProgrammingModel().name,
      version: core.getProgrammingModel().version } }) });
  `,
};

describe.each([
  ['@azure/functions', /^4\.16\.5$/],
  ['@azure/functions-v40', /^4\.0\.0$/],
] as const)('%s', (library, version) => {
  test('[1-1, 1-3] the published library runs from the node_modules of the app: HTTP, timer, hooks, cookies', async () => {
    const app = await run(makeApp(shared, library));
    expect((await (await app.get('/api/model')).json()) as object).toEqual({
      name: '@azure/functions',
      version: expect.stringMatching(version) as string,
    });
    const answer = await app.get('/api/hello/World?q=1', { method: 'POST', body: 'sent' });
    expect([answer.status, answer.headers.get('x-made'), answer.headers.get('set-cookie')]).toEqual([
      201,
      'yes',
      'c=v; path=/',
    ]);
    expect(await answer.json()).toEqual({ name: 'World', q: '1', hooked: true, fn: 'hello', body: 'sent' });
    expect((await app.get('/api/hello/World')).status).toBe(201);
  });

  test('[1.3-7, 1.3-8] a retry policy is understood where this version puts it', async () => {
    const app = await run(makeApp(shared, library));
    for (const name of ['tick', 'old'])
      for (const attempt of [0, 1]) await logged(app, `${name}["boolean",${attempt},1]`);
  });
});

const show = "app.http('shown', { handler: async () => ({ jsonBody: globalThis.shown }) });\n";

describe('the core module', () => {
  test('[1.2-1, 1.2-2] is what require gives, before any file of the app loads', async () => {
    const app = await run(
      makeApp({
        'package.json': { main: 'index.js' },
        'index.js':
          "const core = require('@azure/functions-core');\n" +
          'globalThis.shown = [Object.keys(core).sort(), core.version, core.hostVersion];\n' +
          `const { app } = require('@azure/functions');\n${show}`,
      }),
    );
    const [members, version, host] = (await (await app.get('/api/shown')).json()) as [string[], string, string];
    const expected = [
      'Disposable',
      'getProgrammingModel',
      'hostVersion',
      'log',
      'registerFunction',
      'registerHook',
      'setProgrammingModel',
      'version',
    ];
    expect(members).toEqual(expected);
    expect([version, host]).toEqual([expect.stringMatching(/^\d+\./), expect.stringMatching(/^4\./)]);
  });

  const importing = {
    'package.json': { main: 'i.mjs' },
    'i.mjs':
      "import { registerHook, hostVersion } from '@azure/functions-core';\n" +
      "import * as all from '@azure/functions-core';\nimport { app } from '@azure/functions';\n" +
      "globalThis.shown = [];\nregisterHook('preInvocation', () => globalThis.shown.push('hook of the import'));\n" +
      `globalThis.shown.push(hostVersion, typeof all.Disposable.from);\n${show}`,
  };

  test('[1.2-5] an ES module that imports it gets it from a package in node_modules', async () => {
    const dir = makeApp(importing);
    const app = await run(dir);
    expect(await (await app.get('/api/shown')).json()).toEqual([
      expect.stringMatching(/^4\./),
      'function',
      'hook of the import',
    ]);
    const written = JSON.parse(
      readFileSync(join(dir, 'node_modules', '@azure', 'functions-core', 'package.json'), 'utf8'),
    ) as object;
    expect(written).toMatchObject({ name: '@azure/functions-core', private: true });
    expect((await (await run(dir)).get('/api/shown')).status).toBe(200);
  });

  it('a package that is there and not ours stays; without node_modules the import is served from memory', async () => {
    const dir = makeApp(importing);
    mkdirSync(join(dir, 'node_modules', '@azure', 'functions-core'), { recursive: true });
    const other = join(dir, 'node_modules', '@azure', 'functions-core', 'package.json');
    writeFileSync(other, '{"name":"@azure/functions-core","main":"i.js"}');
    writeFileSync(
      join(dir, 'node_modules', '@azure', 'functions-core', 'i.js'),
      'exports.registerHook = () => {}; exports.hostVersion = "own"; exports.Disposable = class { static from() {} };',
    );
    expect(await (await (await run(dir)).get('/api/shown')).json()).toEqual(['own', 'function']);

    const bare = writeApp(scratch(), {
      'package.json': { main: 'i.mjs' },
      'i.mjs':
        "import { registerFunction } from '@azure/functions-core';\n" +
        "const context = { type: 'httpTrigger', direction: 'in', authLevel: 'anonymous' };\n" +
        "const bindings = { context, $return: { type: 'http', direction: 'out' } };\n" +
        "registerFunction({ name: 'bare', bindings }, async () => ({ body: 'bare' }));\n",
    });
    expect(await (await (await run(bare)).get('/api/bare')).text()).toBe('bare');
    expect(existsSync(join(bare, 'node_modules'))).toBe(false);
  });

  test('[1.2-4] registrations work also with a module.register loader active', async () => {
    const app = await run(
      makeApp({
        'package.json': { main: 'src/*.mjs' },
        'src/a.mjs': "import { register } from 'node:module';\nregister('./loader.js', import.meta.url);\n",
        'src/loader.js': 'export const resolve = (specifier, context, next) => next(specifier, context);\n',
        'src/b.mjs': `import { app } from '@azure/functions';\nglobalThis.shown = 'through the loader';\n${show}`,
      }),
    );
    expect(await (await app.get('/api/shown')).json()).toBe('through the loader');
  });
});

describe('bundled apps', () => {
  const makeRequire = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";
  /** As teams build them: one file, the core left out. */
  const bundle = (source: string, format: 'cjs' | 'esm'): string =>
    buildSync({
      stdin: { contents: source, resolveDir: join(import.meta.dirname, '..', '..') },
      bundle: true,
      platform: 'node',
      format,
      write: false,
      external: ['@azure/functions-core'],
      logLevel: 'silent',
      ...(format === 'esm' ? { banner: { js: makeRequire } } : {}),
    }).outputFiles[0]!.text;
  const source = (name: string): string =>
    `import { app } from '@azure/functions';\napp.http('${name}', { handler: async () => ({ body: '${name} of a bundle' }) });\n`;

  test('[1.2-6] an app of one file that keeps the core as an external require runs', async () => {
    for (const [file, format] of [
      ['app.cjs', 'cjs'],
      ['app.mjs', 'esm'],
    ] as const) {
      const app = await run(
        writeApp(scratch(), {
          'package.json': { main: `dist/${file}` },
          [`dist/${file}`]: bundle(source('one'), format),
        }),
      );
      expect([file, await (await app.get('/api/one')).text()]).toEqual([file, 'one of a bundle']);
    }
  });

  test('[1.2-7] two bundled copies of the library reach the same core', async () => {
    const app = await run(
      writeApp(scratch(), {
        'package.json': { main: 'dist/*.js' },
        'dist/one.js': bundle(source('one'), 'cjs'),
        'dist/two.js': bundle(source('two'), 'cjs'),
      }),
    );
    for (const name of ['one', 'two']) expect(await (await app.get(`/api/${name}`)).text()).toBe(`${name} of a bundle`);
  });
});

it('a TypeScript app runs after its own build script', async () => {
  const dir = makeApp({
    'package.json': { main: 'dist/src/functions/*.js', scripts: { build: 'tsc' } },
    'tsconfig.json': {
      compilerOptions: {
        module: 'commonjs',
        target: 'es2022',
        outDir: 'dist',
        rootDir: '.',
        sourceMap: true,
        types: [],
        skipLibCheck: true,
        strict: true,
      },
    },
    'src/functions/typed.ts':
      "import { app, HttpRequest, HttpResponseInit } from '@azure/functions';\n" +
      'const body = (method: string): string => `typed ${method}` + tail(process.env.GREETING);\n' +
      "app.http('typed', { handler: (request: HttpRequest): HttpResponseInit => ({ body: body(request.method) }) });\n" +
      'declare const process: { env: Record<string, string> };\n' +
      "const tail = (text?: string): string => text ?? '';\n",
  });
  const bin = join(require.resolve('typescript/package.json'), '..', 'bin');
  const tsc = join(scratch(), 'tsc');
  writeFileSync(tsc, `#!/bin/sh\nexec "${process.execPath}" "${join(bin, 'tsc')}" "$@"\n`, { mode: 0o755 });
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: dir,
    env: { ...process.env, PATH: `${join(tsc, '..')}:${process.env.PATH ?? ''}` },
  });
  expect(await (await (await run(dir)).get('/api/typed')).text()).toBe('typed GET');
  const { functions, settings } = analysed(dir);
  expect(functions[0]).toMatchObject({ name: 'typed', file: 'src/functions/typed.ts', line: 3 });
  expect(settings).toEqual([{ name: 'GREETING', usedBy: ['src/functions/typed.ts:2'], required: true }]);
});
