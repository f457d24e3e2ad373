import { beforeAll, describe, expect, it, test } from 'vitest';
import { load, type Model } from './library.js';

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
