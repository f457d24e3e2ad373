import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Scrubber, Secret } from '../../../src/core/secret.js';

const VALUE = 'p@ss "w/örd"\n';
const secret = new Secret(VALUE);

test('a secret shows itself nowhere but where it is asked for', () => {
  expect(secret.reveal()).toBe(VALUE);
  const seen = [
    String(secret),
    `${secret}`,
    JSON.stringify({ a: [secret] }),
    inspect(secret),
    inspect({ deep: { er: secret } }, { depth: 9, showHidden: true }),
    format('%s %o %j', secret, secret, secret),
    JSON.stringify(Object.entries(secret)),
    JSON.stringify({ ...secret }),
  ].join('\n');
  expect(seen).not.toContain('p@ss');
  expect(`${secret}`).toBe('[secret]');
  expect(inspect(secret)).toBe('[secret]');
});

test('a scrubber masks a value as it is, in a URL and in JSON', () => {
  const scrubber = new Scrubber();
  scrubber.add(secret);
  for (const form of [VALUE, encodeURIComponent(VALUE), JSON.stringify(VALUE)]) {
    const clean = scrubber.scrub(`before ${form} after`);
    expect(clean).toContain('before ');
    expect(clean).toContain('[secret]');
    expect(clean).not.toContain('p@ss');
    expect(clean).not.toContain('p%40ss');
  }
  expect(scrubber.scrubJson({ a: [{ b: `x${VALUE}y` }], n: 1, none: null })).toEqual({
    a: [{ b: 'x[secret]y' }],
    n: 1,
    none: null,
  });
  expect(scrubber.scrubJson(undefined)).toBeUndefined();
});

test('the longest goes first, so that no end of one is left', () => {
  const scrubber = new Scrubber();
  scrubber.add(new Secret('token'));
  scrubber.add(new Secret('token-of-the-longer-kind'));
  expect(scrubber.scrub('a token-of-the-longer-kind, a token')).toBe('a [secret], a [secret]');
});

test('values that would eat ordinary text are left alone', () => {
  const scrubber = new Scrubber();
  scrubber.add(new Secret('abc'));
  scrubber.add(new Secret(''));
  expect(scrubber.scrub('abc and nothing')).toBe('abc and nothing');
});
