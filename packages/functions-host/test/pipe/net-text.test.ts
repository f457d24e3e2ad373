import { expect, it } from 'vitest';
import { PrivateFields } from '../../src/http/direct/private-fields.js';
import { netJson, netNumber } from '../../src/http/net-text.js';

it.each([
  [0, '0'],
  [-5, '-5'],
  [1.5, '1.5'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1e15, '1000000000000000'],
  [1e21, '1E+21'],
  [-1.25e30, '-1.25E+30'],
  [0.0001, '0.0001'],
  [0.00001, '1E-05'],
  [1.5e-7, '1.5E-07'],
  [1234567890123456.5, '1.2345678901234565E+15'],
  [5e-324, '5E-324'],
  [Number.NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
])('[3.7-20] the number %d is written as %s', (value, text) => {
  expect(netNumber(value)).toBe(text);
});

it('[3.7-18, 3.7-19, 3.7-25] JSON as Newtonsoft writes it', () => {
  expect(netJson({ b: [], a: {}, n: [1e21, 0.5, 1e-7], s: '1e21 \u2028 "1.5e-7"' }, 2)).toBe(
    '{\n  "b": [],\n  "a": {},\n  "n": [\n    1E+21,\n    0.5,\n    1E-07\n  ],\n  "s": "1e21 \\u2028 \\"1.5e-7\\""\n}',
  );
});

it('private fields do what a WeakMap does, unseen', () => {
  const fields = new PrivateFields<object, number>([[Object, 3]]);
  const key = Object.freeze({ a: 1 });
  expect([
    fields.has(key),
    fields.get(key),
    fields.get(5 as unknown as object),
    fields.get(Object),
    fields.delete(key),
  ]).toEqual([false, undefined, undefined, 3, false]);
  expect(fields.set(key, 1).set(key, 2).get(key)).toBe(2);
  expect([Reflect.ownKeys(key), structuredClone(key), JSON.stringify(key)]).toEqual([['a'], { a: 1 }, '{"a":1}']);
  expect([
    fields.delete(key),
    fields.has(key),
    fields.get(key),
    fields.delete(key),
    fields.set(key, 4).get(key),
  ]).toEqual([true, false, undefined, false, 4]);
  expect(() => fields.set('text' as unknown as object, 1)).toThrow(TypeError);
  expect(new PrivateFields<object, number>().has(key)).toBe(false);
});
