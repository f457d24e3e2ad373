import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { UserError } from '../../core/errors.js';
import { nearest } from '../../fleet/nearest.js';
import type { OperationContext } from '../../kit/context.js';
import type { options, result } from './docs.schema.js';

const FOLDER = fileURLToPath(new URL('../../../docs/', import.meta.url));

/** Pages for those who work on fanops itself. */
const CONTRIBUTORS = ['adding-a-command', 'adding-a-provider', 'architecture', 'benchmarks', 'emulators'];

export type DocsResult = z.output<typeof result>;

/** Pages by topic: `router`, `reference/commands`. */
async function pages(): Promise<string[]> {
  const names = async (folder: string): Promise<string[]> =>
    (await readdir(join(FOLDER, folder)))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name.slice(0, -'.md'.length)));
  const topics = [...(await names('')), ...(await names('reference'))];
  return topics.filter((topic) => !CONTRIBUTORS.includes(topic)).sort();
}

const textOf = (topic: string): Promise<string> => readFile(join(FOLDER, `${topic}.md`), 'utf8');
const titleOf = (text: string): string => /^# (.*)$/m.exec(text)?.[1] ?? '';

/**
 * A page of the documentation, or which there are.
 * @throws UserError (code UNKNOWN_NAME) for a topic that there is not
 */
export async function docs(_ctx: OperationContext, { topic }: z.output<typeof options>): Promise<DocsResult> {
  const topics = await pages();
  if (topic === undefined)
    return {
      topics: await Promise.all(topics.map(async (each) => ({ topic: each, title: titleOf(await textOf(each)) }))),
    };
  // `commands` is enough for `reference/commands`.
  const found = topics.find((each) => each === topic) ?? topics.find((each) => each.endsWith(`/${topic}`));
  if (found === undefined) {
    const near = nearest(topic, topics);
    throw new UserError(`There is no page about "${topic}".${near === undefined ? '' : ` Did you mean ${near}?`}`, {
      code: 'UNKNOWN_NAME',
      nextSteps: ['fanops docs'],
    });
  }
  return { topic: found, text: await textOf(found) };
}
