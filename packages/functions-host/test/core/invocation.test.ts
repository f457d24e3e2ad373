import { beforeAll, describe, expect, test } from 'vitest';
import type * as Library from '@azure/functions';
import type { CoreInvocationContext, TypedData } from '../../src/core/contract.js';
import { invoke } from '../../src/core/invoke.js';
import { Registry } from '../../src/core/registry.js';
import { buildFunctionTable } from '../../src/functions/function-table.js';
import { Invoker } from '../../src/functions/invoker.js';
import { load, type Model } from './library.js';

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
