import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { docs } from '../../../../src/operations/docs/docs.js';
import { renderDocs } from '../../../../src/ui/render/docs.js';
import { ROOT } from '../../../helpers/cli.js';
import { parseFleet } from '../../../helpers/modules.js';
import { plain } from '../../../helpers/plain-style.js';

const ctx = undefined as never;

test('the list has the pages for users with their titles, and none for contributors', async () => {
  const result = await docs(ctx, {});
  const topics = 'topics' in result ? result.topics : [];
  expect(topics).toContainEqual({ topic: 'reference/commands', title: 'Commands' });
  expect(topics.every(({ title }) => title !== '')).toBe(true);
  expect(topics.map(({ topic }) => topic)).not.toContain('architecture');
  expect(renderDocs(result, plain)).toMatch(/^reference\/fleet +Fleet file$/m);
});

test('a page is found by the end of its name; a wrong name is told with the near one', async () => {
  expect(await docs(ctx, { topic: 'exit-codes' })).toEqual({
    topic: 'reference/exit-codes',
    text: readFileSync(join(ROOT, 'docs/reference/exit-codes.md'), 'utf8'),
  });
  await expect(docs(ctx, { topic: 'ruoter' })).rejects.toMatchObject({
    code: 'UNKNOWN_NAME',
    message: 'There is no page about "ruoter". Did you mean router?',
  });
});

test('the fleet file with every key, from which the reference takes its examples, is right', () => {
  const file = join(ROOT, 'examples/reference/fanops.yaml');
  const fleet = parseFleet(readFileSync(file, 'utf8'), file);
  expect(Object.keys(fleet.config.services ?? {})).toEqual(['m1', 'site']);
});
