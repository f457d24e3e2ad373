import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { CATALOG, type CatalogName } from '../../../src/operations/catalog.js';
import type { AnyEntry, Of, Same } from '../../../src/operations/catalog-entry.js';
import { operationNamed } from '../../../src/operations/run/operation-named.js';
import { ROOT } from '../../helpers/cli.js';

const entries = Object.entries(CATALOG) as [CatalogName, AnyEntry][];
const { commands } = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { pluginName: string; enableJsonFlag: boolean; flags: Record<string, unknown> }>;
};

test('every command that prints JSON is in the catalog, and every name in the catalog is one that a user can type', () => {
  const own = Object.entries(commands).filter(([, { pluginName }]) => pluginName === 'fanops');
  const withJson = own.filter(([, { enableJsonFlag }]) => enableJsonFlag).map(([id]) => id.replaceAll(':', ' '));
  const names = entries.map(([name]) => name);
  expect(withJson.filter((name) => !names.includes(name as CatalogName))).toEqual([]);
  const notTyped = names.filter((name) => {
    const [words = '', flag] = name.split(' --');
    const command = commands[words.replaceAll(' ', ':')];
    return !command || (flag !== undefined && !Object.hasOwn(command.flags, flag));
  });
  expect(notTyped).toEqual([]);
});

test.each(entries.filter(([, { kind }]) => kind === 'operation'))(
  '%s plans, and is found by the name that journals have of it',
  async (name, entry) => {
    if (entry.kind !== 'operation') throw new Error('no operation');
    const operation = await entry.load();
    expect(operation).toMatchObject({ plan: expect.any(Function), result: expect.any(Function) });
    const found = await operationNamed(operation.name);
    expect(found.name).toBe(operation.name);
    if (!name.startsWith('host st') && name !== 'host restart') expect(found).toBe(operation);
  },
);

test.each(entries.filter(([, { kind }]) => kind !== 'operation' && kind !== 'personal'))(
  '%s can be called',
  async (_name, entry) => {
    if (entry.kind === 'personal') throw new Error('only a person calls it');
    expect(await entry.load()).toEqual(expect.any(Function));
  },
);

test('a plan of an operation that this fanops does not have is refused', async () => {
  for (const name of ['host-sing', 'constructor', 'host power'])
    await expect(operationNamed(name)).rejects.toMatchObject({ code: 'UNKNOWN_OPERATION' });
  expect((await operationNamed('host-power')).name).toBe('host-power');
});

test.each(entries)('the schemas of %s let nothing pass that they do not name', async (_name, entry) => {
  const schemas = await entry.schemas();
  const out = 'event' in schemas ? schemas.event : (schemas as { result: z.ZodType }).result;
  expect(JSON.stringify(z.toJSONSchema(out))).not.toContain('"additionalProperties":{},');
  if (entry.kind === 'personal') return;
  const { options } = schemas as { options: z.ZodType };
  const { error } = options.safeParse({ 'no-such-option': true });
  expect(error?.issues.map(({ code }) => code)).toContain('unrecognized_keys');
});

test('an entry whose schema differs from its use case in one optional field does not compile', () => {
  type Narrow = z.ZodObject<{ a: z.ZodString }, z.core.$strict>;
  expectTypeOf<Same<{ a: string }, { a: string; b?: number }>>().toEqualTypeOf<false>();
  expectTypeOf<Same<{ a: string; c: { d?: 1 }[] }, { a: string; c: { d?: 1 }[] }>>().toEqualTypeOf<true>();
  expectTypeOf<Of<Narrow, { a: string }>>().toEqualTypeOf<Narrow>();
  expectTypeOf<Of<Narrow, { a?: string }>>().toBeNever();
  expectTypeOf<Of<Narrow, { a: string; b?: number }>>().toBeNever();
});
