import { expect, it } from 'vitest';
import { matchTemplate } from '../src/http/match.js';
import { parseTemplate } from '../src/http/template.js';

function match(template: string, path: string): Record<string, string> | undefined {
  return matchTemplate(parseTemplate(template), path === '' ? [] : path.split('/'));
}

it.each([
  ['a/{p}', 'a/x', { p: 'x' }],
  ['a/{p}', 'a', undefined],
  ['a/{p?}', 'a', {}],
  ['a/{p=v}', 'a', { p: 'v' }],
  ['A/B', 'a/b', {}],
  ['a/{*rest}', 'a', {}],
  ['a/{**rest}', 'a/b/c', { rest: 'b/c' }],
  ['{name}.{ext?}', 'file.tar.gz', { name: 'file.tar', ext: 'gz' }],
  ['{name}.{ext?}', 'file', { name: 'file' }],
  ['{a}-{b}', 'x-y-z', { a: 'x-y', b: 'z' }],
  ['{_:maxlength(0)?}', '', {}],
  ['{_:maxlength(0)?}', 'x', undefined],
  ['a{{b}}', 'a{b}', {}],
  ['{id:int}', '-5', { id: '-5' }],
  ['{id:int}', '99999999999', undefined],
  ['{id:long}', '99999999999', { id: '99999999999' }],
  ['{id:guid}', '0f8fad5b-d9cb-469f-a165-70867728950e', { id: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
  ['{n:alpha:minlength(2)}', 'a', undefined],
  ['{n:length(2,3)}', 'abc', { n: 'abc' }],
  ['{n:range(1,5)}', '6', undefined],
  ['{n:regex(^\\d{{3}}$)}', '123', { n: '123' }],
  ['{n:regex(^a|b:c$)?}', '', {}],
  ['{n:bool}', 'True', { n: 'True' }],
  ['{*f:file}', 'a/b.txt', { f: 'a/b.txt' }],
  ['{*f:nonfile}', 'a/b.txt', undefined],
  ['a/{p}', 'a//b', undefined],
])('3.1 template %s on "%s"', (template, path, expected) => {
  expect(match(template, path)).toEqual(expected);
});

it.each(['a//b', '{a', 'a}', '{}', '{a}{b}', '{*r}/x', '{a}/{A}', '{a:nope}', 'x/{a?}b'])('3.1 template "%s" is refused', (template) => {
  expect(() => parseTemplate(template)).toThrow(/route/);
});
