import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue, comesFrom, parse, titlesIn } from '../conformance/index.js';

const sources = globSync('**/*.test.ts', {
  cwd: import.meta.dirname,
  exclude: ['fixtures', 'conformance.test.ts'],
}).flatMap((file) =>
  titlesIn(readFileSync(join(import.meta.dirname, file), 'utf8')).map((title) => ({ file, ...title })),
);
const ids = catalogue.map(({ id }) => id);
const listed = parse(readFileSync(join(import.meta.dirname, '..', 'docs', 'conformance.md'), 'utf8'));

it('ids are unique and count up within their section', () => {
  const bySection = Map.groupBy(ids, (id) => id.slice(0, id.indexOf('-')));
  for (const [section, members] of bySection) expect(members).toEqual(members.map((_, i) => `${section}-${i + 1}`));
});

it('every rule has a test or a reason', () => {
  const tested = new Set(sources.flatMap((source) => source.ids));
  expect(
    catalogue.filter(({ id, reason }) => !tested.has(id) && !reason).map(({ id, rule }) => `${id} ${rule}`),
  ).toEqual([]);
});

it('every id that a test names exists', () => {
  const named = sources.flatMap((source) => source.ids.map((id) => ({ id, file: source.file, text: source.text })));
  expect(named.filter(({ id }) => !ids.includes(id))).toEqual([]);
});

it('docs/conformance.md lists the tests that the sources have (npm run conformance writes it)', () => {
  const fromSource = (file: string, title: string): boolean =>
    sources.some((source) => source.file === file && comesFrom(title, source));
  expect(
    listed.filter(({ file, title }) => !fromSource(file, title)),
    'listed, but in no source',
  ).toEqual([]);
  const inTable = ({ file, ...title }: (typeof sources)[number], id: string): boolean =>
    listed.some((entry) => entry.id === id && entry.file === file && comesFrom(entry.title, title));
  const missing = sources.flatMap((source) =>
    source.ids.filter((id) => !inTable(source, id)).map((id) => [id, source.file, source.text]),
  );
  expect(missing, 'in a source, but not listed').toEqual([]);
});

it('no rule of docs/conformance.md failed when it was written', () => {
  expect(listed.filter(({ status }) => status === 'failed')).toEqual([]);
});
