import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../helpers/cli.js';

/** Codes of errors that are caught before a user sees them, or belong to another program. */
const INNER = ['ECONNRESET', 'ETIMEDOUT'];

test('troubleshooting has every code that an error of the CLI may have, and no other', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const codes = sources.flatMap((text) => [...text.matchAll(/\bcode: '([A-Z][A-Z_]+)'/g)].map(([, code = '']) => code));
  const wanted = [...new Set(codes)].filter((code) => !INNER.includes(code)).sort();
  const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const told = rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code),
  );
  expect(told.filter((code) => code !== 'FAILED').sort()).toEqual(wanted);
});
