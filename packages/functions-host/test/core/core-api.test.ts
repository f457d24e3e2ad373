import { expect, it, test } from 'vitest';
import { createCoreApi } from '../../src/core/core-api.js';
import { Disposable } from '../../src/core/disposable.js';
import { Registry } from '../../src/core/registry.js';
import { buildFunctionTable } from '../../src/functions/function-table.js';

const http = { h: { type: 'httpTrigger', direction: 'in', name: 'inner' } };

function core(): { registry: Registry; api: ReturnType<typeof createCoreApi>; lines: unknown[][] } {
  const registry = new Registry('/app');
  const lines: unknown[][] = [];
  return { registry, lines, api: createCoreApi(registry, (...line) => void lines.push(line)) };
}

const thrownBy = (work: () => unknown): Error & { isAzureFunctionsSystemError?: boolean } => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

test('[1.1-1, 1.1-2] version and hostVersion are version strings', () => {
  const { api } = core();
  expect(api.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(api.hostVersion).toMatch(/^4\.\d+\.\d+$/);
});

it('hostVersion throws before the app is started', () => {
  const { registry } = core();
  const error = thrownBy(
    () =>
      createCoreApi(
        registry,
        () => undefined,
        () => false,
      ).hostVersion,
  );
  expect(error.isAzureFunctionsSystemError).toBe(true);
});

test('[1.1-3, 1.3-2] registerFunction returns a Disposable, which is a system error after the start', () => {
  const { api, registry } = core();
  const first = api.registerFunction({ name: 'a', bindings: http }, () => undefined);
  expect(first).toBeInstanceOf(Disposable);
  first.dispose();
  expect([...registry.functions.keys()]).toEqual([]);
  const second = api.registerFunction({ name: 'b', bindings: http }, () => undefined);
  registry.lock();
  expect(thrownBy(() => second.dispose()).isAzureFunctionsSystemError).toBe(true);
});

test('[1.3-1] registerFunction after the start is a system error', () => {
  const { api, registry } = core();
  registry.lock();
  const error = thrownBy(() => api.registerFunction({ name: 'a', bindings: http }, () => undefined));
  expect([error.isAzureFunctionsSystemError, error.message]).toEqual([
    true,
    'A function can only be registered during app startup.',
  ]);
});

test('[1.3-3] a function is known by functionId, else by its name; a repeated one is an error', () => {
  const { api, registry } = core();
  api.registerFunction({ name: 'same', functionId: 'one', bindings: http }, () => undefined);
  api.registerFunction({ name: 'same', functionId: 'two', bindings: http }, () => undefined);
  api.registerFunction({ name: 'three', bindings: http }, () => undefined);
  expect([...registry.functions.keys()]).toEqual(['one', 'two', 'three']);
  for (const metadata of [{ name: 'x', functionId: 'one' }, { name: 'three' }]) {
    const error = thrownBy(() => api.registerFunction({ ...metadata, bindings: http }, () => undefined));
    expect([error.isAzureFunctionsSystemError, error.message]).toEqual([
      true,
      expect.stringContaining('already registered'),
    ]);
  }
});

test('[1.3-6] the key of a binding wins over the name inside it', () => {
  const { api, registry } = core();
  api.registerFunction(
    { name: 'a', bindings: { $return: { type: 'http', direction: 'out', name: 'httpoutputabc' } } },
    () => undefined,
  );
  expect(registry.functions.get('a')?.metadata.bindings).toEqual({
    $return: { type: 'http', direction: 'out', name: '$return' },
  });
});

test('[1.1-4, 1.1-6] registerHook takes the five hooks; its Disposable removes that callback only', () => {
  const { api, registry } = core();
  for (const name of ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const) {
    const [one, two] = [(): void => undefined, (): void => undefined];
    const handle = api.registerHook(name, one);
    api.registerHook(name, two);
    expect(registry.hooks(name)).toEqual([one, two]);
    handle.dispose();
    handle.dispose();
    expect(registry.hooks(name)).toEqual([two]);
  }
});

test('[1.1-5] any other hook name throws a RangeError that is a system error', () => {
  const { api } = core();
  const error = thrownBy(() => api.registerHook('beforeLunch', () => undefined));
  expect(error).toBeInstanceOf(RangeError);
  expect([error.name, error.isAzureFunctionsSystemError]).toEqual(['RangeError', true]);
});

test('[1.1-7] of several programming models the last wins, and getProgrammingModel returns it', () => {
  const { api } = core();
  const model = (version: string): Parameters<typeof api.setProgrammingModel>[0] => ({
    name: 'm',
    version,
    getInvocationModel: () => Promise.reject(new Error('not called')),
  });
  expect(api.getProgrammingModel()).toBeUndefined();
  api.setProgrammingModel(model('1'));
  api.setProgrammingModel(model('2'));
  expect(api.getProgrammingModel()?.version).toBe('2');
});

test('[1.1-8, 1.1-10] log takes every level and category', () => {
  const { api, lines } = core();
  const levels = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;
  for (const level of levels)
    for (const category of ['user', 'system', 'customMetric'] as const) api.log(level, category, 'text');
  expect(lines).toHaveLength(21);
});

test('[1.1-9] Disposable has dispose(), which calls once, and from()', () => {
  const calls: string[] = [];
  const all = Disposable.from({ dispose: () => calls.push('a') }, new Disposable(() => calls.push('b')));
  all.dispose();
  all.dispose();
  expect(calls).toEqual(['a', 'b']);
});

test('[1.3-4] names are compared regardless of case: the later of two is in error', () => {
  const { api, registry } = core();
  for (const name of ['orders', 'Orders']) api.registerFunction({ name, bindings: http }, () => undefined);
  const table = buildFunctionTable(registry.functions.values(), {});
  expect(table.map(({ name, error }) => [name, error === undefined])).toEqual([
    ['orders', true],
    ['Orders', false],
  ]);
});
