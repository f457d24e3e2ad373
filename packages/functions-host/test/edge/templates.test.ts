import { expect, it } from 'vitest';
import { matchTemplate } from '../../src/http/match.js';
import { requestPath } from '../../src/http/path.js';
import { parseTemplate } from '../../src/http/template.js';

type Case = [template: string, path: string, values: Record<string, string> | undefined];

const match = (template: string, path: string): Record<string, string> | undefined =>
  matchTemplate(parseTemplate(template), requestPath(path));

function check(cases: Case[]): void {
  for (const [template, path, values] of cases)
    expect([template, path, match(template, path)]).toEqual([template, path, values]);
}

it('[3.1-4] literals match in any casing', () =>
  check([
    ['A/B', '/a/b', {}],
    ['a/b', '/A/B', {}],
    ['a/b', '/a/c', undefined],
  ]));

it("[3.1-5] names keep the template's casing, values the request's", () =>
  check([['A/{Id}', '/a/XyZ', { Id: 'XyZ' }]]));

it('[3.1-6] values are percent-decoded once', () =>
  check([
    ['{p}', '/a%20b', { p: 'a b' }],
    ['{p}', '/%2541', { p: '%41' }],
    ['{p}', '/%C3%A4', { p: 'ä' }],
    ['{p}', '/a+b', { p: 'a+b' }],
    ['{p}', '/%zz', { p: '%zz' }],
    ['{p}', '/%C3%28', { p: '%C3(' }],
    ['{p}', '/100%', { p: '100%' }],
    ['b/{p}', '/%62/x', { p: 'x' }],
  ]));

it('[3.1-7] %2F stays encoded', () =>
  check([
    ['{p}', '/a%2Fb', { p: 'a%2Fb' }],
    ['{p}', '/a%2fb%20c', { p: 'a%2fb c' }],
    ['{*p}', '/a%2Fb/c', { p: 'a%2Fb/c' }],
  ]));

it('[3.1-8] one trailing slash is ignored', () =>
  check([
    ['a', '/a/', {}],
    ['a/{p?}', '/a/', {}],
    ['a', '/a//', undefined],
  ]));

it('[3.1-9] double slashes are not collapsed', () =>
  check([
    ['a/{p}', '/a//b', undefined],
    ['a/b', '//a/b', undefined],
    ['{*r}', '/a//b', { r: 'a//b' }],
    ['a/{*r}', '/a//b', undefined],
  ]));

it('[3.1-10] {p} takes one segment that is not empty', () =>
  check([
    ['a/{p}', '/a/x', { p: 'x' }],
    ['a/{p}', '/a', undefined],
    ['a/{p}', '/a/x/y', undefined],
  ]));

it('[3.1-11, 3.1-36] {p?} may be absent, and is absent from the values then', () =>
  check([
    ['a/{p?}', '/a', {}],
    ['a/{p?}', '/a/x', { p: 'x' }],
    ['a/{p?}/b', '/a/b', undefined],
    ['a/{p}/{q?}', '/a/x', { p: 'x' }],
  ]));

it('[3.1-12] {p=val} has its default where the path has none', () =>
  check([
    ['a/{p=v}', '/a', { p: 'v' }],
    ['a/{p=v}', '/a/x', { p: 'x' }],
    ['{a=1}/{b=2}', '/', { a: '1', b: '2' }],
  ]));

it('[3.1-13] {*p} and {**p} take the rest with its slashes, or nothing', () =>
  check([
    ['a/{*r}', '/a', {}],
    ['a/{*r}', '/a/', {}],
    ['a/{**r}', '/a/b/c', { r: 'b/c' }],
    ['a/{*r}', '/a/b/', { r: 'b/' }],
    ['a/{*r=d}', '/a', { r: 'd' }],
  ]));

it('[3.1-14] complex segments: parameters on the left take as much as they can', () =>
  check([
    ['{name}.{ext?}', '/file.tar.gz', { name: 'file.tar', ext: 'gz' }],
    ['{name}.{ext?}', '/file', { name: 'file' }],
    ['{name}.{ext?}', '/file.', undefined],
    ['{name}.{ext}', '/file', undefined],
    ['{a}-{b}', '/x-y-z', { a: 'x-y', b: 'z' }],
    ['{a}-{b}', '/x-', undefined],
    ['v{n}', '/V12', { n: '12' }],
    ['v{n}', '/v', undefined],
    ['{a}px', '/12px', { a: '12' }],
    ['{a}px', '/12pxx', undefined],
    ['p{a}x{b}s', '/p1x2s', { a: '1', b: '2' }],
    ['{a}ab{b}', '/aababb', { a: 'aab', b: 'b' }],
  ]));

it('[3.1-15] doubled braces are literal ones', () =>
  check([
    ['a{{b}}', '/a{b}', {}],
    ['{{{p}-{{', '/{x-{', { p: 'x' }],
  ]));

it('[3.1-27] constraints joined by a colon must all hold', () =>
  check([
    ['{n:alpha:minlength(2)}', '/a', undefined],
    ['{n:alpha:minlength(2)}', '/ab', { n: 'ab' }],
    ['{n:int:range(1,5):max(3)}', '/4', undefined],
  ]));

it('[3.1-29] a constraint on an absent optional parameter passes', () =>
  check([
    ['{n:regex(^a|b:c$)?}', '/', {}],
    ['a/{id:int?}', '/a', {}],
    ['a/{id:int?}', '/a/x', undefined],
    ['a/{*r:int}', '/a', undefined],
  ]));

it('[3.1-30] an optional first segment matches the bare prefix', () =>
  check([
    ['api/{_:maxlength(0)?}', '/api', {}],
    ['api/{_:maxlength(0)?}', '/api/', {}],
    ['api/{_:maxlength(0)?}', '/api/x', undefined],
    ['api/{_?}', '/api/x', { _: 'x' }],
  ]));

it.each([
  'a//b',
  '{a',
  'a}',
  '{}',
  '{a}{b}',
  '{*r}/x',
  '{a}/{A}',
  '{a:nope}',
  'x/{a?}b',
  '{a}-{b?}',
  '{a=1?}',
  '{*a?}',
  'x{*a}',
  'a?b',
  '~x',
  '{a:int(}',
  '{a:length(x)}',
  '{a:regex([)}',
  '{a:range(5,1)}',
])('[3.1-34] the template "%s" is refused', (template) => {
  expect(() => parseTemplate(template)).toThrow(/route "/);
});

it("dot segments are taken out before matching, as the platform's server does", () =>
  check([
    ['a/{p}', '/a/./x', { p: 'x' }],
    ['a/{p}', '/b/../a/x', { p: 'x' }],
    ['a', '/../a', {}],
    ['a', '/a/b/..', {}],
    ['a/{p}', '/a/..x', { p: '..x' }],
  ]));
