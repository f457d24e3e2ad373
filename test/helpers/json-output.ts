import type { z } from 'zod';
import { CATALOG, type CatalogName } from '../../src/operations/catalog.js';
import { result as dryRun } from '../../src/operations/run/dry-run.schema.js';
import { event as progress } from '../../src/operations/run/progress.schema.js';
import { result as failure } from '../../src/operations/error.schema.js';
import type { CliResult } from './cli.js';

/*
 * What `--json` prints is what the catalog says: every run of the built CLI in the tests is held against it.
 */

/** Use cases whose result or event was held against its schema in this process. */
export const seenResults = new Set<CatalogName>();

/** Types of progress events that were held against their schema in this process. */
export const seenEvents = new Set<string>();

/** @throws Error that says where a line of `--progress json` is not what its schema says */
export function checkProgress(args: readonly string[], events: readonly { type: string }[]): void {
  for (const event of events) {
    hold({ name: 'progress', line: `fanops ${args.join(' ')}` }, progress, event);
    seenEvents.add(event.type);
  }
}

/** What a command line runs, by its name in the catalog, and whether its output is for a program. */
interface Asked {
  name: CatalogName;
  line: string;
}

/** Flags that make another use case of a command, and their short forms. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  '--fix': ['--fix'],
  '--follow': ['--follow', '-f'],
  '--watch': ['--watch', '-w'],
  '--write': ['--write'],
};

/** The use case behind a command line with `--json`; undefined for one without, and for words that are no command. */
export function askedOf(args: readonly string[]): Asked | undefined {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  if (!own.includes('--json') || own.includes('--help')) return undefined;
  const flagsAt = own.findIndex((word) => word.startsWith('-'));
  const words = own.slice(0, flagsAt < 0 ? undefined : flagsAt);
  const isName = (name: string): name is CatalogName => Object.hasOwn(CATALOG, name);
  for (let count = words.length; count > 0; count -= 1) {
    const base = words.slice(0, count).join(' ');
    if (!isName(base)) continue;
    const form = Object.keys(FORMS).find(
      (flag) =>
        isName(`${base} ${flag}`) &&
        own.some((word) => FORMS[flag]?.some((each) => word === each || word.startsWith(`${each}=`))),
    );
    const name = form === undefined ? base : `${base} ${form}`;
    return isName(name) ? { name, line: `fanops ${args.join(' ')}` } : undefined;
  }
  return undefined;
}

/** @throws Error that says where the output is not what the catalog says */
export async function checkJsonOutput(args: readonly string[], result: CliResult): Promise<void> {
  const asked = askedOf(args);
  if (!asked || result.stdout.trim() === '') return;
  const entry = CATALOG[asked.name];
  if (entry.kind === 'stream') await checkEvents(asked, (await entry.schemas()).event, result);
  else await checkResult(asked, (await entry.schemas()).result, result);
}

async function checkResult(asked: Asked, schema: z.ZodType, { stdout, code, stderr }: CliResult): Promise<void> {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch (error) {
    // One that was killed may have stopped in the middle of a word.
    if (code === null || code >= 128) return;
    throw new Error(`${asked.line} printed no JSON (exit ${code}):\n${stdout}\n${stderr}`, { cause: error });
  }
  if (isFailure(value)) hold(asked, failure, value);
  else if (isDryRun(value)) hold(asked, dryRun, value);
  else {
    hold(asked, schema, value);
    seenResults.add(asked.name);
  }
}

async function checkEvents(asked: Asked, schema: z.ZodType, { stdout }: CliResult): Promise<void> {
  const lines = stdout.split('\n');
  // The last may be cut where the command was ended. An error is printed over several lines.
  const failed = lines.indexOf('{');
  for (const line of lines.slice(0, failed < 0 ? -1 : failed)) {
    hold(asked, schema, JSON.parse(line));
    seenResults.add(asked.name);
  }
  if (failed >= 0) hold(asked, failure, JSON.parse(lines.slice(failed).join('\n')));
}

const isFailure = (value: unknown): boolean => typeof value === 'object' && value !== null && 'error' in value;
const isDryRun = (value: unknown): boolean => typeof value === 'object' && value !== null && 'dryRun' in value;

function hold({ name, line }: Omit<Asked, 'name'> & { name: string }, schema: z.ZodType, value: unknown): void {
  const { error } = schema.safeParse(value);
  if (!error) return;
  const places = error.issues.map(({ path, message }) => `  ${path.map(String).join('.') || '(all)'}: ${message}`);
  throw new Error(
    `${line} printed what the schema of "${name}" does not allow:\n${places.join('\n')}\n${JSON.stringify(value, null, 2)}`,
  );
}
