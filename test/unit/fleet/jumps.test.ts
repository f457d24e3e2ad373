import { describe, expect, test } from 'vitest';
import { jumpChain, jumpProblems } from '../../../src/fleet/jumps.js';
import type { FleetFile } from '../../../src/fleet/schema.js';

const file = (jumps: Record<string, string[] | undefined>): FleetFile => ({
  fleet: 'test',
  hosts: Object.fromEntries(
    Object.entries(jumps).map(([name, jump]) => [name, { roles: ['app' as const], address: name, jump }]),
  ),
});
const problems = (jumps: Record<string, string[] | undefined>): string[] =>
  jumpProblems(file(jumps)).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('jump hosts of a fleet file', () => {
  test('the way to the first one comes before it; that of the second does not count', () => {
    expect(jumpChain(file({ a: ['b'], b: ['c'], c: undefined }), 'a')).toEqual(['c', 'b']);
    expect(jumpChain(file({ a: ['b', 'c'], b: undefined, c: ['d'], d: undefined }), 'a')).toEqual(['b', 'c']);
    expect(jumpChain(file({ a: [], b: undefined }), 'a')).toEqual([]);
    expect(problems({ a: ['b'], b: ['c'], c: [] })).toEqual([]);
  });

  test.each([
    [{ a: ['bastoin'], bastion: undefined }, ['hosts.a.jump.0: there is no host "bastoin"']],
    [{ a: ['a'] }, ['hosts.a.jump: a is reached through itself']],
    [
      { a: ['b'], b: ['a'] },
      ['hosts.a.jump: a is reached through itself', 'hosts.b.jump: b is reached through itself'],
    ],
    [{ a: ['b', 'c'], b: ['d'], c: undefined, d: undefined }, ['hosts.a.jump: goes over more than 2 hosts: d, b, c']],
  ])('%j', (jumps, expected) => {
    expect(problems(jumps)).toEqual(expected);
  });
});
