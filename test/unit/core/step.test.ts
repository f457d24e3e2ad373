import { expect, expectTypeOf, test } from 'vitest';
import type { Action, Step } from '../../../src/core/plan.js';
import { defineStep, isWayBack } from '../../../src/core/step.js';

const copy = defineStep<null, { from: string; to?: string }, { bytes: number }>('copy', {
  apply: async () => ({ bytes: 3 }),
});

test('a type of step writes steps and inverses as plain data, without what is absent', () => {
  expect(copy.step('c', 'Copy it', { from: 'a', to: undefined }, { host: 'h' })).toEqual({
    id: 'c',
    kind: 'copy',
    title: 'Copy it',
    host: 'h',
    input: { from: 'a' },
  });
  const inverse = copy.inverse('Copy it back', { from: 'b' });
  expect(JSON.parse(JSON.stringify(inverse))).toEqual(inverse);
});

test('a step or an inverse that does not fit its handler does not compile, nor one that no type has made', () => {
  expectTypeOf(copy.step).parameter(2).toEqualTypeOf<{ from: string; to?: string }>();
  expectTypeOf(copy.inverse).parameter(1).toEqualTypeOf<{ from: string; to?: string }>();
  expectTypeOf<{ id: string; kind: string; title: string; input: object }>().not.toExtend<Step>();
  expectTypeOf<{ kind: string; title: string; input: object }>().not.toExtend<Action>();
  expectTypeOf(copy.of([])).items.toHaveProperty('outputs').toEqualTypeOf<{ bytes?: number } | undefined>();
});

test('it finds its own records among those of a run', () => {
  const other = defineStep<null, { x: number }>('other', { apply: async () => undefined });
  const records = [
    { step: copy.step('a', 'A', { from: 'a' }), outputs: { bytes: 1 } },
    { step: other.step('b', 'B', { x: 1 }) },
  ];
  expect(copy.of(records).map(({ step, outputs }) => [step.input.from, outputs?.bytes])).toEqual([['a', 1]]);
});

test('the way back and an undo go back; a look and a run do not', () => {
  expect((['look', 'apply', 'recover', 'undo'] as const).map((phase) => isWayBack({ phase }))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
