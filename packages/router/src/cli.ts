import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { holderState, PROTOCOL_VERSION, type AppliedReply, type RouterStats } from 'fanops-protocol';
import { leaveMessage } from './engine-process.js';
import { foreignEngine } from './foreign/engines.js';
import { ForeignRunner } from './foreign/runner.js';
import { Holder } from './holder.js';
import { readJson } from './json-file.js';
import { holderFile, type ForeignName } from './layout.js';
import { untilUnwanted } from './orphan.js';
import { handSocketOver } from './open-socket.js';
import { probeCommand } from './probe-command.js';
import { NotAnsweringError, OvertakenError, putRoute, readApplied, removeRoute } from './put.js';
import { serve } from './serve.js';
import { parsePosition, type LogPosition } from './log-position.js';
import { parseRoute, parseSettings } from './state.js';
import { markLog, readStats, readStatsFrom } from './stats.js';

const usage = `usage: router hold --dir DIR [--file PROGRAM]   (holds the sockets, runs the engine that router.json names;
                                              PROGRAM is this one's path, which PM2 hides)
       router serve|nginx|haproxy --dir DIR [--fds N,N] (one engine; as a child of hold on its sockets)
       router open --address ADDRESS --port PORT
       router stats --dir DIR (--since ISO [--until ISO] | --from POSITION) [--service NAME]
       router stats --dir DIR --mark                (where the log ends: POSITION, and the time of this host)
       router put --dir DIR --service NAME [--file FILE] [--probe | --revert | --force] [--settings JSON]
                                             (a route as JSON, else from standard input; 3: overtaken; 4: whoever gets weight does
                                              not answer, with --revert: users stay with who answers; --force asks nobody)
       router probe --dir DIR [--service NAME] [--placement NAME [--target NAME]] [--file FILE] [--rising] [--settings JSON] [--timeout MS]
                                             (asks placements with weight, or the named one, or those that get more than they have; FILE: a route as JSON, - is standard
                                              input; 4: one does not answer)
       router remove --dir DIR --service NAME
       router applied --dir DIR
       router check --file FILE`;

class UsageError extends Error {}

const texts = [
  'dir',
  'since',
  'until',
  'from',
  'service',
  'placement',
  'target',
  'file',
  'fds',
  'address',
  'port',
  'settings',
  'timeout',
] as const;
const switches = ['probe', 'revert', 'force', 'mark', 'rising'] as const;

type Values = Partial<Record<(typeof texts)[number], string> & Record<(typeof switches)[number], boolean>>;

interface Stoppable {
  stop(slowly?: boolean): Promise<void>;
}

/** Ends by signal, at the word of the holder, and once the holder is lost and nobody is to follow it. */
function endWith(running: Stoppable, dir: string): void {
  // Whoever reads what it says may die: then it is lost, and nothing else.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let ending: Promise<void> | undefined;
  const end = (slowly: boolean): void => {
    ending ??= running.stop(slowly).then(() => process.exit(0), fail);
  };
  process.on('SIGINT', () => end(false)).on('SIGTERM', () => end(false));
  process.on('message', (message) => {
    if (message === leaveMessage) end(true);
  });
  process.on('disconnect', () => void untilUnwanted(dir).then(() => end(false)));
  process.send?.('ready');
}

async function runServe(values: Values): Promise<void> {
  const dir = resolve(required(values, 'dir'));
  const router = await serve(dir, fdsOf(values)?.[0]);
  console.log(`listening on ${router.listen.address} port ${router.listen.port}`);
  endWith(router, dir);
}

const runForeign =
  (name: ForeignName) =>
  async (values: Values): Promise<void> => {
    const dir = resolve(required(values, 'dir'));
    endWith(await ForeignRunner.start(dir, name, (fds) => foreignEngine(dir, name, fds), fdsOf(values) ?? []), dir);
  };

async function runHold(values: Values): Promise<void> {
  const holder = new Holder(resolve(required(values, 'dir')), resolve(values.file ?? process.argv[1] ?? ''));
  await holder.start();
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending ??= holder.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  process.send?.('ready');
}

async function runOpen(values: Values): Promise<void> {
  handSocketOver({ address: required(values, 'address'), port: Number(required(values, 'port')) }, () =>
    process.exit(0),
  );
}

const fdsOf = ({ fds }: Values): number[] | undefined => fds?.split(',').map(Number);

async function runStats(values: Values): Promise<void> {
  const dir = resolve(required(values, 'dir'));
  say(values.mark ? await markLog(dir) : await statsOf(dir, values));
}

function statsOf(dir: string, values: Values): Promise<RouterStats> {
  if (values.from !== undefined) return readStatsFrom(dir, position(values.from), values.service);
  const until = values.until === undefined ? new Date() : date('until', values.until);
  return readStats(dir, { since: date('since', required(values, 'since')), until, service: values.service });
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
  const mode = values.force ? 'force' : values.revert ? 'revert' : 'forward';
  const settings = settingsOf(values);
  const [dir, service] = [resolve(required(values, 'dir')), required(values, 'service')];
  say(await putRoute(dir, service, text, { mode, settings }));
}

async function runProbe(values: Values): Promise<void> {
  const { service, placement, target, file, timeout, rising } = values;
  const text = file === undefined ? undefined : await (file === '-' ? readAll(process.stdin) : readFile(file, 'utf8'));
  const timeoutMs = timeout === undefined ? undefined : Number(timeout);
  const asked = { service, placement, target, rising, text, settings: settingsOf(values), timeoutMs };
  const probes = await probeCommand(resolve(required(values, 'dir')), asked);
  if (probes.some(({ ok }) => !ok)) throw new NotAnsweringError(probes);
  say({ probes });
}

const settingsOf = ({ settings }: Values) => (settings === undefined ? undefined : parseSettings(settings));

async function runRemove(values: Values): Promise<void> {
  await removeRoute(resolve(required(values, 'dir')), required(values, 'service'));
}

async function runApplied(values: Values): Promise<void> {
  const dir = resolve(required(values, 'dir'));
  const applied = await readApplied(dir);
  if (!applied) throw new Error('no router runs on this directory');
  const holder = await readJson(holderFile(dir), holderState).catch(() => undefined);
  // Its own revision: that of the program that runs is the holder's.
  say({ ...applied, holder } satisfies AppliedReply);
}

/** Prints an answer for the CLI, with the revision that this program speaks. */
const say = (answer: object): void => console.log(JSON.stringify({ ...answer, protocol: PROTOCOL_VERSION }));

const verbs = new Map([
  ['hold', runHold],
  ['serve', runServe],
  ['nginx', runForeign('nginx')],
  ['haproxy', runForeign('haproxy')],
  ['open', runOpen],
  ['stats', runStats],
  ['put', runPut],
  ['probe', runProbe],
  ['remove', runRemove],
  ['applied', runApplied],
  ['check', runCheck],
]);

async function main(): Promise<void> {
  const { values, verb } = readArguments();
  const run = verbs.get(verb);
  if (!run) throw new UsageError(verb ? `unknown command ${verb}` : 'a command is missing');
  await run(values);
}

function readArguments(): { values: Values; verb: string } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ...Object.fromEntries(texts.map((name) => [name, { type: 'string' as const }])),
        ...Object.fromEntries(switches.map((name) => [name, { type: 'boolean' as const }])),
      },
    });
    return { values: values as Values, verb: positionals.join(' ') };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function required(values: Values, name: (typeof texts)[number]): string {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

function date(name: string, text: string): Date {
  const value = new Date(text);
  if (Number.isNaN(value.getTime())) throw new UsageError(`--${name} is not an ISO 8601 time: ${text}`);
  return value;
}

function position(text: string): LogPosition {
  try {
    return parsePosition(text);
  } catch (error) {
    throw new UsageError(`--from is ${(error as Error).message}`);
  }
}

function fail(error: Error): void {
  console.error(error.message);
  if (error instanceof UsageError) console.error(usage);
  const { message } = error;
  // Whoever asks learns of whom: an older or newer fanops may have asked.
  if (error instanceof NotAnsweringError) {
    const { probes, stayed } = error;
    say({ error: { code: 'NOT_ANSWERING', message }, probes, stayed });
  } else if (!process.connected) say({ error: { code: error instanceof UsageError ? 'USAGE' : 'FAILED', message } });
  const leave = (): never => process.exit(exitCodeOf(error));
  if (process.connected) process.send?.({ error: error.message }, undefined, {}, leave);
  else leave();
}

function exitCodeOf(error: Error): number {
  if (error instanceof UsageError) return 2;
  if (error instanceof OvertakenError) return 3;
  return error instanceof NotAnsweringError ? 4 : 1;
}

main().catch(fail);
