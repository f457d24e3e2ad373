import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse } from 'fanops-functions-host';
import { describe, expect, it, test } from 'vitest';
import { fixture, packageRoot } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { analysed, findingsOf, source } from './analysis.js';
import { makeApp, scratch, writeApp } from './app.js';

describe('what an app is made of', () => {
  it('lists functions with their triggers and places, and routes in order of precedence', () => {
    const result = analysed(
      makeApp({
        'host.json': { version: '2.0', extensions: { http: { routePrefix: 'v1' } } },
        'package.json': { name: 'listed', main: 'index.js', engines: { node: '>=20' } },
        ...source(
          [
            "app.http('zebra', { methods: ['GET'], route: 'animals/zebra', handler: async () => ({}) });",
            "app.http('Animals', { methods: ['GET', 'POST'], authLevel: 'function', route: 'animals/{kind}', handler: async () => ({}) });",
            "app.timer('nightly', { schedule: '0 0 3 * * *', handler: async () => undefined });",
            "app.storageQueue('orders', { queueName: 'orders', connection: 'STORE', handler: async () => undefined });",
            "app.storageBlob('files', { path: 'in/{name}', connection: 'STORE', handler: async () => undefined });",
          ].join('\n'),
        ),
      }),
    );
    expect(result.app).toEqual({ name: 'listed', model: 'v4', main: 'index.js', nodeEngine: '>=20' });
    expect(result.functions.map(({ name, trigger }) => [name, trigger])).toEqual([
      ['Animals', 'http'],
      ['files', 'blob'],
      ['nightly', 'timer'],
      ['orders', 'queue'],
      ['zebra', 'http'],
    ]);
    expect(result.functions[0]).toEqual({
      name: 'Animals',
      trigger: 'http',
      route: 'animals/{kind}',
      methods: ['GET', 'POST'],
      authLevel: 'function',
      file: 'index.js',
      line: 3,
    });
    expect(result.functions.find(({ name }) => name === 'files')).toMatchObject({ path: 'in/{name}', line: 6 });
    expect(result.routes).toEqual([
      { route: '/v1/animals/{kind}', methods: ['GET', 'POST'], function: 'Animals' },
      { route: '/v1/animals/zebra', methods: ['GET'], function: 'zebra' },
    ]);
    expect(result.loadErrors).toEqual([]);
  });

  it('settings: %NAME%, connections, and reads of process.env with and without a fallback', () => {
    expect(analysed(fixture('needs-settings')).settings).toEqual([
      { name: 'API_TOKEN', usedBy: ['src/index.js:4'], required: true },
      { name: 'AzureWebJobsStorage', usedBy: ['events'], required: true },
      { name: 'DB_HOST', usedBy: ['src/index.js:3', 'src/index.js:7'], required: true },
      { name: 'DB_PORT', usedBy: ['src/index.js:3'], required: false },
      { name: 'NIGHTLY', usedBy: ['nightly'], required: true },
      { name: 'REGION', usedBy: ['src/index.js:5'], required: false },
      { name: 'STORE', usedBy: ['orders'], required: true },
    ]);
  });

  it('the v3 model: functions of function.json with their defaults, and what is wrong with each', () => {
    const { app, functions, routes, findings, loadErrors } = analysed(fixture('core-v3'));
    expect(app.model).toBe('v3');
    expect(functions.find(({ name }) => name === 'keyed')).toEqual({
      name: 'keyed',
      trigger: 'http',
      route: 'keyed',
      authLevel: 'function',
      file: 'keyed/function.json',
      line: 1,
    });
    expect(routes.find((route) => route.function === 'anyMethod')).toEqual({
      route: '/api/anyMethod',
      function: 'anyMethod',
    });
    expect(loadErrors).toEqual([
      { file: 'throwing/function.json', message: expect.stringContaining('cannot load this one') as string },
    ]);
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([
      expect.objectContaining({
        id: 'load-error',
        function: 'throwing',
        where: { file: 'throwing/index.js', line: 1 },
      }),
    ]);
    const inError = findings
      .filter(({ id }) => id === 'function-in-error')
      .map((finding) => [finding.function, finding.severity]);
    const names = [
      '9lives',
      'ambiguous',
      'brokenJson',
      'emptyBindings',
      'host',
      'missingScript',
      'noEntry',
      'noScript',
      'notFunction',
    ];
    expect(inError.sort()).toEqual(names.map((name) => [name, 'degrades']).sort());
  });

  test('[1.8-12, 1.8-14, 1.8-15] disabled in function.json, a mixed app and proxies.json are said', () => {
    const flagged = analysed(fixture('core-v3')).findings.find(({ id }) => id === 'disabled-ignored');
    expect(flagged).toMatchObject({
      severity: 'question',
      function: 'disabledFlag',
      where: { file: 'disabledFlag/function.json', line: 2 },
    });
    const findings = findingsOf({
      'old/function.json': { bindings: [] },
      'proxies.json': { $schema: 'x', proxies: { p: {} } },
    });
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'mixed-models', severity: 'info', where: { file: 'old/function.json', line: 1 } }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'proxies', severity: 'blocks', where: { file: 'proxies.json', line: 3 } }),
    );
  });
});

describe('what is wrong with the app', () => {
  it('an entry point that throws is a load error with its place; values of settings are not shown', () => {
    const result = analysed(fixture('broken'), { PLANTED_SECRET: 'given-value' });
    const message = expect.stringContaining('cannot reach [PLANTED_SECRET]') as string;
    expect(result.loadErrors).toEqual([{ file: 'src/index.js', message }]);
    const where = { file: 'src/index.js', line: 4 };
    expect(result.findings).toContainEqual(expect.objectContaining({ id: 'load-error', severity: 'blocks', where }));
    expect(result.functions.map(({ name }) => name)).toEqual(['fine']);
    expect(JSON.stringify(result)).not.toContain('given-value');
  });

  it('top-level code that never ends is stopped at the deadline, one that ends the process is said', async () => {
    const late = await analyse(fixture('hangs'), { deadlineMs: 700 });
    expect(late.findings).toContainEqual(expect.objectContaining({ id: 'load-deadline', severity: 'blocks' }));
    const died = findingsOf({ 'index.js': "console.error('no licence');\nprocess.exit(3);\n" });
    expect(died).toContainEqual(
      expect.objectContaining({ id: 'load-died', message: expect.stringContaining('no licence') as string }),
    );
  });

  it.skipIf(process.platform !== 'linux')(
    'an analysis that is ended takes the app with it, also one that never ends',
    async () => {
      const root = makeApp({ 'package.json': { name: 'hangs', main: 'index.js' }, 'index.js': 'for (;;);\n' });
      const running = (): number[] =>
        readdirSync('/proc')
          .filter((pid) => /^\d+$/.test(pid))
          .map(Number)
          .filter((pid) => {
            try {
              return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--record-child\0--root\0${root}`);
            } catch {
              return false; // it ended meanwhile
            }
          });
      const program = spawn(
        process.execPath,
        [
          join(packageRoot, 'dist/bundle/functions-host.cjs'),
          '--analyse',
          '--json',
          '--root',
          root,
          '--deadline',
          '60',
        ],
        { stdio: 'ignore' },
      );
      await waitFor('the app to be loaded', () => running().length > 0 || undefined, 20_000);
      program.kill('SIGTERM');
      await waitFor('the app to end', () => running().length === 0 || undefined, 20_000);
    },
  );

  it('functions that Azure refuses as well only degrade: duplicate and reserved routes, bad names and schedules', () => {
    const handler = 'handler: async () => ({})';
    const findings = findingsOf(
      source(
        [
          `app.http('a', { route: 'same', ${handler} });`,
          `app.http('b', { route: 'same/', ${handler} });`,
          `app.http('c', { route: 'adminstuff', ${handler} });`,
          `app.http('d d', { ${handler} });`,
          `app.timer('e', { schedule: 'every day', ${handler} });`,
          `app.http('A', { route: 'other', ${handler} });`,
        ].join('\n'),
      ),
    );
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([]);
    const wrong = findings
      .filter(({ id }) => ['function-in-error', 'bad-schedule'].includes(id))
      .map((finding) => [finding.function, finding.where?.line]);
    expect(wrong.sort()).toEqual([
      ['A', 7],
      ['b', 3],
      ['c', 4],
      ['d d', 5],
      ['e', 6],
    ]);
  });

  it('what blocks a function blocks nothing once that function is switched off', () => {
    const bus = source(
      "app.serviceBusQueue('bus', { queueName: 'q', connection: 'BUS', handler: async () => undefined });",
    );
    expect(findingsOf(bus)).toContainEqual(expect.objectContaining({ function: 'bus', severity: 'blocks' }));
    for (const name of ['AzureWebJobs.bus.Disabled', 'AzureWebJobs_bus_Disabled']) {
      expect(findingsOf(bus, { [name]: 'true' }).filter(({ severity }) => severity === 'blocks')).toEqual([]);
    }
    const allowed = findingsOf({ ...bus, 'host.json': { version: '2.0', functions: ['fine'] } });
    expect(allowed.filter(({ severity }) => severity === 'blocks')).toEqual([]);
    expect(allowed).toContainEqual(expect.objectContaining({ id: 'functions-left-out' }));
  });

  it('an app that was not built says so', () => {
    const findings = findingsOf({ 'package.json': { main: 'dist/src/*.js', scripts: { build: 'tsc' } } });
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'not-built', severity: 'blocks', where: { file: 'package.json', line: 2 } }),
    );
  });

  it('other folders are no functions app', async () => {
    const hostOnly = writeApp(scratch(), { 'package.json': { main: 'index.js' }, 'index.js': '' });
    for (const dir of [scratch(), join(scratch(), 'absent'), hostOnly, packageRoot]) {
      const { findings } = await analyse(dir);
      expect(findings.map(({ id, severity }) => [id, severity])).toEqual([['not-a-functions-app', 'blocks']]);
    }
  });

  it('findings come in order of weight, and loading writes nothing into the app', () => {
    const lines = [
      "import { registerHook } from '@azure/functions-core';",
      "import { app } from '@azure/functions';",
      "registerHook('log', () => {});",
      "app.http('x', { authLevel: 'admin', handler: () => ({}) });",
    ];
    const dir = makeApp({ 'package.json': { main: 'i.mjs' }, 'i.mjs': lines.join('\n') });
    const weights = analysed(dir).findings.map(({ severity }) =>
      ['blocks', 'question', 'degrades', 'info'].indexOf(severity),
    );
    expect(weights).toEqual([...weights].sort());
    mkdirSync(join(dir, 'node_modules', '@azure', 'functions-core')); // fails if analysing had made it
    writeFileSync(join(dir, 'done'), '');
  });
});

it('--analyse prints a page for people without --json', () => {
  const bundle = join(packageRoot, 'dist', 'bundle', 'functions-host.cjs');
  const { stdout, status } = spawnSync(process.execPath, [bundle, '--analyse', '--root', fixture('needs-settings')], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout).toContain('3 functions');
  expect(stdout).toContain('DB_PORT (optional): src/index.js:3');
  expect(stdout).toMatch(/^info: The timer nightly/m);
});
