import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { putRoute, readApplied, removeRoute } from './put.js';
import { serve } from './serve.js';
import { parseRoute } from './state.js';
import { readStats } from './stats.js';

const usage = `usage: router serve --dir DIR
       router stats --dir DIR --since ISO [--until ISO] [--service NAME]
       router put --dir DIR --service NAME [--file FILE]   (a route as JSON, else from standard input)
       router remove --dir DIR --service NAME
       router applied --dir DIR
       router check --file FILE`;

class UsageError extends Error {}

type Values = Partial<Record<'dir' | 'since' | 'until' | 'service' | 'file', string>>;

async function runServe(values: Values): Promise<void> {
  const router = await serve(resolve(required(values, 'dir')));
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending ??= router.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  console.log(`listening on ${router.listen.address} port ${router.listen.port}`);
  process.send?.('ready');
}

async function runStats(values: Values): Promise<void> {
  const until = values.until === undefined ? new Date() : date('until', values.until);
  const query = { since: date('since', required(values, 'since')), until, service: values.service };
  console.log(JSON.stringify(await readStats(resolve(required(values, 'dir')), query)));
}

async function runCheck(values: Values): Promise<void> {
  const file = required(values, 'file');
  try {
    const { service, placements } = parseRoute(await readFile(file, 'utf8'));
    console.log(`${file}: ${service}, ${placements.length} placements`);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

async function runPut(values: Values): Promise<void> {
  const text = values.file === undefined ? await readAll(process.stdin) : await readFile(values.file, 'utf8');
  const version = await putRoute(resolve(required(values, 'dir')), required(values, 'service'), text);
  console.log(JSON.stringify({ version }));
}

async function runRemove(values: Values): Promise<void> {
  await removeRoute(resolve(required(values, 'dir')), required(values, 'service'));
}

async function runApplied(values: Values): Promise<void> {
  const applied = await readApplied(resolve(required(values, 'dir')));
  if (!applied) throw new Error('no router runs on this directory');
  console.log(JSON.stringify(applied));
}

const verbs = new Map([
  ['serve', runServe], ['stats', runStats], ['put', runPut], ['remove', runRemove], ['applied', runApplied], ['check', runCheck],
]);

async function main(): Promise<void> {
  const { values, verb } = readArguments();
  const run = verbs.get(verb);
  if (!run) throw new UsageError(verb ? `unknown command ${verb}` : 'a command is missing');
  await run(values);
}

function readArguments(): { values: Values; verb: string } {
  const option = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { dir: option, since: option, until: option, service: option, file: option },
    });
    return { values, verb: positionals.join(' ') };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function required(values: Values, name: keyof Values): string {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

function date(name: string, text: string): Date {
  const value = new Date(text);
  if (Number.isNaN(value.getTime())) throw new UsageError(`--${name} is not an ISO 8601 time: ${text}`);
  return value;
}

function fail(error: Error): never {
  console.error(error.message);
  if (error instanceof UsageError) console.error(usage);
  process.exit(error instanceof UsageError ? 2 : 1);
}

main().catch(fail);
