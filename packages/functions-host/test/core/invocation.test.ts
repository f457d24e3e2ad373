import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type * as Library from '@azure/functions';
import type {
  CoreInvocationContext,
  InvocationRequest,
  InvocationResponse,
  TypedData,
} from '../../src/core/contract.js';
import { createCoreApi } from '../../src/core/core-api.js';
import { installCoreModule } from '../../src/core/install.js';
import { invoke } from '../../src/core/invoke.js';
import { Registry } from '../../src/core/registry.js';
import { buildFunctionTable } from '../../src/functions/function-table.js';
import { Invoker } from '../../src/functions/invoker.js';
import { scratch } from './app.js';

const require = createRequire(import.meta.url);

interface Model {
  registry: Registry;
  lines: string[];
  call: (
    name: string,
    inputs: Record<string, TypedData>,
    more?: Partial<InvocationRequest>,
  ) => Promise<InvocationResponse>;
}

/** Loads a published library against a core of its own, in this process. */
function load(library: string): Model & { module: unknown } {
  const registry = new Registry('/app');
  const lines: string[] = [];
  const uninstall = installCoreModule(
    createCoreApi(registry, (...line) => void lines.push(line.join(' '))),
    scratch(),
    { write: false },
  );
  const module = require(library) as { setup?: () => void };
  module.setup?.();
  if (!registry.programmingModel) (module as unknown as typeof Library).app.http('first', { handler: () => ({}) });
  uninstall();
  return {
    registry,
    module,
    lines,
    call: (name, inputs, more) =>
      invoke(
        registry,
        {
          invocationId: 'b6a7f0a4-0000-4000-8000-000000000000',
          functionId: name,
          triggerMetadata: {},
          inputData: Object.entries(inputs).map(([key, data]) => ({ name: key, data })),
          traceContext: { traceParent: '', traceState: '', attributes: {} },
          ...more,
        },
        { app: {}, shared: {} },
        (level, category, message) => void lines.push(`${level} ${category} ${message}`),
      ),
  };
}

describe('v4', () => {
  let model: Model;
  let lib: typeof Library;
  const seen: unknown[] = [];
  beforeAll(() => {
    const loaded = load('@azure/functions');
    model = loaded;
    lib = loaded.module as typeof Library;
    const { app, input, output, trigger } = lib;
    app.storageQueue('queue', { queueName: 'q', connection: 'C', handler: (...args) => void seen.push(args) });
    const named = (name: string): { name: string } => ({ name });
    app.generic('many', {
      trigger: trigger.generic({ type: 'queueTrigger', ...named('item') }),
      extraInputs: [
        input.generic({ type: 'blob', ...named('one') }),
        input.generic({ type: 'table', ...named('two') }),
      ],
      extraOutputs: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => output.generic({ type: 'queue', ...named(name) })),
      handler: (item, context) => {
        seen.push([item, context.extraInputs.get('one'), context.extraInputs.get('two'), context.triggerMetadata]);
        const values: Record<string, unknown> = {
          a: 'text',
          b: Buffer.from('bytes'),
          c: 7,
          d: 1.5,
          e: { k: [1] },
          f: null,
        };
        for (const [name, value] of Object.entries(values)) context.extraOutputs.set(name, value);
        return { raw: true };
      },
    });
    app.generic('returns', {
      trigger: trigger.generic({ type: 'queueTrigger', name: 'item' }),
      return: output.generic({ type: 'queue' }),
      handler: (item) => item,
    });
    app.http('body', {
      methods: ['GET', 'POST'],
      handler: async (request) => {
        const body = await request.text();
        return request.method === 'POST' ? { status: Number(body), body: 'dropped' } : { body: `[${body}]` };
      },
    });
  });
  const queueName = (): string => Object.keys(model.registry.functions.get('queue')!.metadata.bindings)[0]!;
  const received = async (data: TypedData): Promise<unknown> => {
    await model.call('queue', { [queueName()]: data });
    return (seen.pop() as unknown[])[0];
  };

  test('[1.6-18] strings are parsed as JSON where that works, bytes are Buffers', async () => {
    const cases: [TypedData, unknown][] = [
      [{ string: '12' }, 12],
      [{ string: 'true' }, true],
      [{ string: '{"a":1}' }, { a: 1 }],
      [{ string: 'plain' }, 'plain'],
      [{ string: '' }, ''],
      [{ json: '[1,2]' }, [1, 2]],
      [{ bytes: Buffer.from('raw') }, Buffer.from('raw')],
      [{ int: 3 }, 3],
      [{ double: 1.5 }, 1.5],
    ];
    for (const [data, value] of cases) expect([data, await received(data)]).toEqual([data, value]);
    await expect(received({ json: '{ broken' })).rejects.toThrow();
  });

  test('[1.6-20] numbers in JSON text beyond 2^53 lose precision', async () => {
    expect(await received({ string: '9007199254740993' })).toBe(9007199254740992);
  });

  test('[1.6-10] functions are called with (trigger, context) and find other inputs in extraInputs', async () => {
    await model.call(
      'many',
      { item: { string: 'x' }, one: { string: '{"n":1}' }, two: { json: '[2]' } },
      { triggerMetadata: { DequeueCount: { string: '3' }, Id: { string: 'm' } } },
    );
    expect(seen.pop()).toEqual(['x', { n: 1 }, [2], { dequeueCount: 3, id: 'm' }]);
  });

  test('[1.6-21, 1.6-22, 1.6-23, 1.6-24] outputs keep their kind, null ones are left out, a result without $return is raw', async () => {
    const { outputData, returnValue } = await model.call('many', { item: { string: 'x' } });
    expect(outputData).toEqual([
      { name: 'a', data: { string: 'text' } },
      { name: 'b', data: { bytes: Buffer.from('bytes') } },
      { name: 'c', data: { int: 7 } },
      { name: 'd', data: { double: 1.5 } },
      { name: 'e', data: { json: '{"k":[1]}' } },
    ]);
    expect(returnValue).toEqual({ json: '{"raw":true}' });
    expect((await model.call('returns', { item: { string: 'text' } })).returnValue).toEqual({ string: 'text' });
    expect((await model.call('returns', { item: {} })).returnValue).toBeUndefined();
  });

  test('[1.6-13] an invocation of an unknown function is a system error', async () => {
    await expect(model.call('nobody', {})).rejects.toMatchObject({ isAzureFunctionsSystemError: true });
  });

  test('[1.6-15] inputData has the trigger first, then the other inputs; an input that cannot be read fails the invocation', async () => {
    const [fn] = buildFunctionTable([model.registry.functions.get('many')!], {});
    const log = Object.assign(() => undefined, { enabled: () => false });
    const invoker = (two: () => Promise<TypedData>): Invoker =>
      new Invoker({
        registry: model.registry,
        hookData: { app: {}, shared: {} },
        log,
        writeOutputs: () => Promise.resolve(),
        onTimeout: () => undefined,
        readInputs: async ({ inputs: [one, other] }) => [
          { name: one!.name!, data: { string: 'one' } },
          { name: other!.name!, data: await two() },
        ],
      });
    await invoker(() => Promise.resolve({ json: '2' })).run(fn!, { trigger: { string: 'x' } });
    expect((seen.pop() as unknown[]).slice(0, 3)).toEqual(['x', 'one', 2]);
    const before = seen.length;
    await expect(
      invoker(() => Promise.reject(new Error('no table'))).run(fn!, { trigger: { string: 'x' } }),
    ).rejects.toThrow('no table');
    expect(seen).toHaveLength(before);
  });

  test('[1.6-9] core.state names hooks and invocation in turn', async () => {
    const states: unknown[] = [];
    const own = new Registry('/app');
    let core: CoreInvocationContext | undefined;
    const note = (where: string): void => void states.push([where, core?.state]);
    own.programmingModel = {
      name: 'm',
      version: '1',
      getInvocationModel: (context) => {
        core = context;
        note('model');
        return {
          getArguments: () => Promise.resolve({ context: {}, inputs: [] }),
          invokeFunction: () => Promise.resolve(note('function')),
          getResponse: () => Promise.resolve((note('response'), {})),
        };
      },
    };
    own.registerFunction({ name: 'f', bindings: {} }, () => undefined);
    own.registerHook('preInvocation', () => note('pre'));
    own.registerHook('postInvocation', () => note('post'));
    const request = {
      invocationId: 'i',
      functionId: 'f',
      inputData: [],
      triggerMetadata: {},
      traceContext: { traceParent: '', traceState: '', attributes: {} },
    };
    await invoke(own, request, { app: {}, shared: {} }, () => undefined);
    expect(states).toEqual([
      ['model', undefined],
      ['pre', 'preInvocationHooks'],
      ['function', 'invocation'],
      ['post', 'postInvocationHooks'],
      ['response', undefined],
    ]);
  });

  test('[1.9-1, 1.9-2] the library drops the body of GET with a warning, and of 204, 205, 304', async () => {
    const binding = Object.keys(model.registry.functions.get('body')!.metadata.bindings)[0]!;
    const call = async (method: string, body: string): Promise<TypedData | undefined | null> => {
      const http = {
        method,
        url: 'http://localhost/api/body',
        headers: {},
        query: {},
        params: {},
        body: { bytes: Buffer.from(body) },
      };
      return (await model.call('body', { [binding]: { http } })).returnValue;
    };
    expect((await call('GET', 'lost'))?.http?.body).toEqual({
      bytes: expect.toSatisfy((bytes: Uint8Array) => Buffer.from(bytes).toString() === '[]') as Uint8Array,
    });
    expect(model.lines.join('\n')).toMatch(/warning.*GET/);
    for (const status of ['204', '205', '304']) {
      const http = (await call('POST', status))?.http;
      expect([status, String(http?.statusCode), http?.body?.bytes?.length ?? 0]).toEqual([status, status, 0]);
    }
  });
});

describe('v3', () => {
  let model: Model;
  const seen: unknown[] = [];
  beforeAll(() => {
    model = load('@azure/functions-v3');
    model.registry.registerFunction(
      {
        name: 'many',
        bindings: {
          item: { type: 'queueTrigger', direction: 'in' },
          one: { type: 'blob', direction: 'in' },
          two: { type: 'table', direction: 'in' },
          out: { type: 'queue', direction: 'out' },
          other: { type: 'queue', direction: 'out' },
        },
      },
      ((context: { bindings: Record<string, unknown> }, ...inputs: unknown[]) => {
        seen.push([inputs, { ...context.bindings }]);
        context.bindings.other = 'by bindings';
        return Promise.resolve({ out: inputs[0] });
      }) as never,
    );
  });

  test('[1.6-19] the same attempt at JSON; empty strings come out undefined', async () => {
    const values: unknown[] = [];
    for (const data of [
      { string: '12' },
      { string: '{"a":1}' },
      { json: '[1]' },
      { string: 'plain' },
      { string: '' },
      { bytes: Buffer.from('b') },
    ]) {
      await model.call('many', { item: data });
      values.push((seen.pop() as [unknown[]])[0][0]);
    }
    expect(values).toEqual([12, { a: 1 }, [1], 'plain', undefined, Buffer.from('b')]);
  });

  it('inputs come in their order after the context, and are in context.bindings; both ways of giving outputs work', async () => {
    const { outputData } = await model.call('many', {
      item: { string: 'x' },
      one: { string: 'first' },
      two: { json: '{"n":2}' },
    });
    expect(seen.pop()).toEqual([['x', 'first', { n: 2 }], { item: 'x', one: 'first', two: { n: 2 } }]);
    expect(outputData).toEqual([
      { name: 'out', data: { string: 'x' } },
      { name: 'other', data: { string: 'by bindings' } },
    ]);
  });

  test('[1.6-24] null becomes the JSON text null', async () => {
    const fn = model.registry.functions.get('many')!;
    fn.callback = ((context: { bindings: Record<string, unknown> }) => {
      context.bindings.out = null;
      return Promise.resolve();
    }) as never;
    expect((await model.call('many', { item: { string: 'x' } })).outputData).toEqual([
      { name: 'out', data: { json: 'null' } },
    ]);
  });
});
