import { beforeAll, describe, expect, it, test } from 'vitest';
import { fixture } from '../helpers/host.js';
import { logged, makeApp, run, type RunningApp } from './app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await run(fixture('core-v3'));
});

const text = async (path: string, init?: RequestInit): Promise<[number, string]> => {
  const answer = await app.get(path, init);
  return [answer.status, await answer.text()];
};

interface FunctionHealth {
  name: string;
  state: string;
  error?: string;
  onAzureToo?: true;
}
const health = async (): Promise<FunctionHealth[]> =>
  ((await (await app.get('/_fanops/health')).json()) as { functions: FunctionHealth[] }).functions;
const errorOf = async (name: string): Promise<string | undefined> =>
  (await health()).find((fn) => fn.name === name)?.error;

describe('function.json', () => {
  test('[1-2, 1.8-1] a v3 app runs on the bundled library; a function is an immediate folder and has its name', async () => {
    expect(await text('/api/returned/x')).toEqual([201, 'returned x']);
    const names = (await health()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['context', 'bom', 'returned']));
    expect(names.filter((name) => ['nested', 'deeper', 'lib'].includes(name))).toEqual([]);
  });

  test('[1.8-2] an invalid name puts that function in error, the others run', async () => {
    expect(await errorOf('9lives')).toContain('no valid name');
    expect(await errorOf('host')).toContain('reserved');
    expect((await app.get('/api/9lives')).status).toBe(404);
  });

  test('[1.8-3] a UTF-8 BOM is accepted', async () => {
    expect(await text('/api/bom')).toEqual([200, 'behind a BOM']);
  });

  test('[1.8-4] empty bindings are an error of that function, as is JSON that does not parse', async () => {
    expect(await errorOf('emptyBindings')).toContain('no "bindings"');
    expect(await errorOf('brokenJson')).toContain('not valid JSON');
  });

  test('[1.8-5] scriptFile is relative to the folder; a missing file is an error of that function', async () => {
    expect(await errorOf('missingScript')).toContain('"../dist/gone.js" does not exist');
    expect((await text('/api/bom'))[0]).toBe(200);
  });

  test('[1.8-6, 1.8-7] without scriptFile it is the only file, else run.* or index.js, .mjs, .cjs, else an error', async () => {
    expect(await text('/api/single')).toEqual([200, 'the only export']);
    expect(await text('/api/runs')).toEqual([200, 'run before index']);
    expect(await text('/api/indexed')).toEqual([200, 'index']);
    expect(await errorOf('ambiguous')).toContain('several files could be the script');
    expect(await errorOf('noScript')).toContain('no script file');
  });

  test('[1.8-8, 1.8-10] the entry point is entryPoint, else the only export, else run, else index; this is the module', async () => {
    expect(await text('/api/named')).toEqual([200, 'second of the module']);
    expect(await errorOf('noEntry')).toContain('no export "absent"');
  });

  test('[1.8-9, 1.5-15] an exported function is the entry point, also as the only default export of an ES module', async () => {
    expect(await text('/api/anyMethod')).toEqual([200, 'GET']);
    expect(await text('/api/esmDefault')).toEqual([200, 'default export']);
  });

  test('[1.8-11, 1.5-3] an entry point that is no function, or a script that throws, is an error of that function only', async () => {
    expect(await errorOf('notFunction')).toContain('not a function');
    expect(await errorOf('throwing')).toContain('cannot load this one');
    expect(app.log()).toContainEqual(expect.objectContaining({ level: 'error', function: 'throwing' }));
    expect((await app.get('/api/throwing')).status).toBe(404);
  });

  test('[1.8-12] disabled: true in function.json has no effect', async () => {
    expect(await text('/api/disabledFlag')).toEqual([200, 'runs all the same']);
  });

  test('[1.8-13] retry in function.json is understood', async () => {
    for (const attempt of [0, 1]) await logged(app, `retried ["boolean",${attempt},`);
  });
});

it('health: errors that Azure has as well do not count, a script that fails to load here does', async () => {
  const functions = await health();
  expect(functions.filter(({ error, onAzureToo }) => error && !onAzureToo).map(({ name }) => name)).toEqual([
    'throwing',
  ]);
  expect((await app.get('/_fanops/health')).status).toBe(503);
  const without = await run(fixture('core-v3'), { 'AzureWebJobs.throwing.Disabled': 'true' });
  const answer = await without.get('/_fanops/health');
  expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([200, 'degraded']);
});

describe('defaults of v3', () => {
  it('a function without authLevel asks for a key, one without methods takes every one', async () => {
    expect(await text('/api/keyed')).toEqual([401, '']);
    for (const method of ['GET', 'DELETE', 'PATCH'])
      expect(await text('/api/anyMethod', { method })).toEqual([200, method]);
  });
});

interface Shown {
  keys: string[];
  invocationId: string;
  executionContext: Record<string, unknown>;
  bindingNames: string[];
  bindingData: Record<string, unknown>;
  traceContext: Record<string, unknown>;
  bindingDefinitions: object[];
  same: boolean[];
  arguments: number;
  hooks: string[];
}

describe('the context', () => {
  const show = async (): Promise<Shown> => {
    const body = JSON.stringify({ Nested: { Deep: 1 }, name: 'from the body', id: 'body loses', NULL: null });
    return (await (
      await app.get('/api/context/7?q=1&name=query', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-own': 'h' },
      })
    ).json()) as Shown;
  };

  test('[7-4, 7-5, 7-8] v3: executionContext, bindings and bindingDefinitions', async () => {
    const shown = await show();
    expect(shown.executionContext).toEqual({
      invocationId: shown.invocationId,
      functionName: 'context',
      functionDirectory: `${fixture('core-v3')}/context`,
    });
    expect([shown.bindingNames, shown.same]).toEqual([['req'], [true, true]]);
    expect(shown.bindingDefinitions).toEqual([
      { name: 'req', type: 'httpTrigger', direction: 'in' },
      { name: 'res', type: 'http', direction: 'out' },
    ]);
    expect(shown.hooks.slice(0, 1)).toEqual(['appStart']);
    expect(shown.hooks).toContain('pre context');
  });

  test('[7-6, 7-12, 8-1, 8-5] v3: bindingData has query, headers, route values, JSON properties; keys begin in lower case', async () => {
    const { bindingData, invocationId } = await show();
    expect(bindingData).toMatchObject({
      invocationId,
      id: 7,
      q: 1,
      name: 'query',
      nested: { deep: 1 },
      query: { q: '1', name: 'query' },
    });
    expect(bindingData.headers).toMatchObject({ 'x-own': 'h' });
    expect(bindingData.sys).toEqual({
      methodName: 'context',
      utcNow: expect.stringMatching(/^\d{4}-/) as string,
      randGuid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(Object.keys(bindingData).filter((key) => /^[A-Z]/.test(key))).toEqual([]);
  });

  test('[7-7, 7-12] v3: traceContext is in lower case, as are the keys of the context', async () => {
    const { traceContext, keys } = await show();
    expect(traceContext).toEqual({
      traceparent: expect.stringMatching(/^00-/) as string,
      tracestate: '',
      attributes: {},
    });
    expect(keys.filter((key) => /^[A-Z]/.test(key))).toEqual([]);
  });

  test('[1.6-11] v3: the function is called with the context, then the trigger', async () => {
    expect((await show()).arguments).toBe(2);
  });

  test('[7-9] v3: log is callable and has error, warn, info, verbose', async () => {
    const verbose = await run(fixture('core-v3'), { AzureFunctionsJobHost__logging__logLevel__default: 'Trace' });
    await verbose.get('/api/logs');
    await logged(verbose, 'as verbose');
    const lines = verbose
      .log()
      .filter(({ category }) => category === 'Function.logs.User')
      .map(({ level, message }) => [level, message]);
    expect(lines.slice(0, 5)).toEqual([
      ['information', 'plain text { a: 1 }'],
      ['error', 'as error'],
      ['warning', 'as warn'],
      ['information', 'as info'],
      ['trace', 'as verbose'],
    ]);
    expect(await logged(verbose, 'after function execution has completed')).toMatchObject({ level: 'warning' });
  });

  test('[7-10] v3: done ends a function that is not async, with an error or a result; send ends it as well', async () => {
    expect(await text('/api/done')).toEqual([200, 'by context.res']);
    expect(await text('/api/done?how=result')).toEqual([200, 'by the result']);
    expect(await text('/api/done?how=send')).toEqual([202, 'by send']);
    expect(await text('/api/done?how=error')).toEqual([500, '']);
    expect(await text('/api/done?how=twice')).toEqual([200, 'twice']);
    await logged(app, "'done' has already been called");
  });

  test('[7-11] v3: done in an async function logs an error, unless suppressAsyncDoneError', async () => {
    const count = (): number =>
      app.log().filter(({ message }) => message.includes('Choose either to return a promise')).length;
    expect(await text('/api/both?quiet=1')).toEqual([200, 'both']);
    expect(count()).toBe(0);
    expect(await text('/api/both')).toEqual([200, 'both']);
    expect(count()).toBe(1);
  });
});

const folder = (script: string, extra: object[] = []): Record<string, string | object> => ({
  'old/function.json': {
    bindings: [
      { type: 'httpTrigger', name: 'req', authLevel: 'anonymous' },
      { type: 'http', direction: 'out', name: 'res' },
      ...extra,
    ],
  },
  'old/index.js': script,
});

test('[1.3-5, 1.8-14] a mixed app runs its registered functions only and says that it is mixed', async () => {
  const mixed = await run(
    makeApp({
      'package.json': { main: 'index.js' },
      'index.js': "require('@azure/functions').app.http('fresh', { handler: async () => ({ body: 'v4' }) });",
      ...folder("throw new Error('must not load');"),
    }),
  );
  expect(await (await mixed.get('/api/fresh')).text()).toBe('v4');
  expect((await mixed.get('/api/old')).status).toBe(404);
  expect(mixed.log()).toContainEqual(
    expect.objectContaining({ level: 'warning', message: expect.stringContaining('mixed function app') as string }),
  );
});

it('a v3 app may load its settings and hooks by main, and a proxies.json with entries is said', async () => {
  const own = await run(
    makeApp({
      'package.json': { main: 'start.js' },
      'start.js': "globalThis.word = 'set by main';",
      'proxies.json': { proxies: { p: { backendUri: 'https://example.org' } } },
      ...folder('module.exports = async (context) => { context.res = { body: globalThis.word }; };'),
    }),
  );
  expect(await (await own.get('/api/old')).text()).toBe('set by main');
  expect(own.log()).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining('proxies.json') as string }),
  );
});

test('[1.5-1] the order: core and default model, entry points, appStart hooks, then the scripts of function.json', async () => {
  const own = await run(
    makeApp({
      'package.json': { main: 'start.js' },
      'start.js':
        "const core = require('@azure/functions-core');\n" +
        "globalThis.order = ['main with model ' + core.getProgrammingModel()?.version];\n" +
        "core.registerHook('appStart', () => order.push('appStart'));",
      ...folder("order.push('script');\nmodule.exports = async (context) => { context.res = { body: order }; };"),
    }),
  );
  expect(await (await own.get('/api/old')).json()).toEqual(['main with model 3.5.2', 'appStart', 'script']);
});
