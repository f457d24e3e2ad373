import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Route } from '../../src/kit/route.js';
import type { RunRow } from '../../src/operations/run/list.js';
import { failures, type startLoad } from '../../scripts/lib/load.mjs';
import { useApp } from './app.js';
import type { CliResult } from './cli.js';
import { type TestFleet } from './fleet.js';
import { freePorts } from './ports.js';
import { seeded } from './interrupt.js';
import { until } from './until.js';
import { routeOf } from './world.js';

/** One command of a sequence. `age`: how many runs of the sequence ago, 0 for the last one; `edit`: what of the fleet is changed. */
export type Move =
  | { kind: 'migrate' | 'rollback' | 'deploy' | 'deploy rollback' | 'finish' }
  | { kind: 'weight'; azure: number }
  | { kind: 'resume' | 'undo'; age: number }
  | { kind: 'edit'; edit: 'port' | 'instances' | 'setting' | 'app' | 'comment' };

const EDITS = ['port', 'instances', 'setting', 'app', 'comment'] as const;
const STATUS = '/api/flow/version';

/** Ten commands that depend on nothing but the seed. */
export function sequence(seed: number, length = 10): Move[] {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const drawn = (): Move => {
    const kind = pick([
      'migrate',
      'migrate',
      'rollback',
      'rollback',
      'deploy',
      'deploy',
      'deploy rollback',
      'finish',
      'weight',
      'resume',
      'undo',
      'undo',
      'edit',
    ] as const);
    if (kind === 'weight') return { kind, azure: pick([0, 50, 100]) };
    if (kind === 'resume' || kind === 'undo') return { kind, age: Math.floor(random() * 3) };
    return kind === 'edit' ? { kind, edit: pick(EDITS) } : { kind };
  };
  // A service that was never moved has little that can go wrong.
  return [{ kind: 'migrate' }, ...Array.from({ length: length - 1 }, drawn)];
}

/** How a move is written in reports. */
export function textOf(move: Move): string {
  if (move.kind === 'weight') return `weight azure=${move.azure}`;
  if (move.kind === 'edit') return `edit ${move.edit}`;
  return 'age' in move ? `${move.kind} run -${move.age}` : move.kind;
}

/** A fleet on which one sequence follows the other. */
export interface Stage {
  fleet: TestFleet;
  load: ReturnType<typeof startLoad>;
  /** The fleet file as it was at the start. */
  file: string;
}

/** Plays a sequence. After each command whoever has weight must answer, and no request may have failed. @throws what does not hold */
export async function play(stage: Stage, moves: readonly Move[]): Promise<string[]> {
  const { fleet } = stage;
  const known = new Set((await runsOf(fleet)).map(({ id }) => id));
  const told: string[] = [];
  for (const [turn, move] of moves.entries()) {
    const runs = (await runsOf(fleet)).filter(({ id }) => !known.has(id));
    const from = Date.now();
    const result = await carryOut(stage, move, runs, turn);
    told.push(`${textOf(move)} -> ${result ? (result.code ?? result.signal) : 'nothing to do'}`);
    try {
      if (result) refuseCrash(result);
      await everybodyWithWeightAnswers(fleet);
      const failed = failures(stage.load.samples.filter(({ at }) => at >= from));
      if (failed.length > 0) throw new Error(`${failed.length} requests failed: ${JSON.stringify(failed.slice(0, 3))}`);
    } catch (error) {
      const said = result?.stderr.split('\n').slice(-20).join('\n') ?? '';
      throw new Error(`after ${told.join(', ')}: ${error instanceof Error ? error.message : String(error)}\n${said}`, {
        cause: error,
      });
    }
  }
  return told;
}

const runsOf = async (fleet: TestFleet): Promise<RunRow[]> =>
  (await fleet.json<{ runs: RunRow[] }>('runs', 'list')).runs;

async function carryOut(
  stage: Stage,
  move: Move,
  runs: readonly RunRow[],
  turn: number,
): Promise<CliResult | undefined> {
  const { fleet } = stage;
  switch (move.kind) {
    case 'migrate':
      return fleet.cli('migrate', 'm1', '--steps', '50,100', '--yes');
    case 'rollback':
      return fleet.cli('migrate', 'rollback', 'm1', '--yes');
    case 'deploy':
      return fleet.cli('deploy', 'm1', '--yes');
    case 'deploy rollback':
      return fleet.cli('deploy', 'rollback', 'm1', '--yes');
    case 'finish':
      return fleet.cli('migrate', 'finish', 'm1', '--yes');
    case 'weight':
      return fleet.cli('router', 'weight', 'm1', `azure=${move.azure}`, `vm=${100 - move.azure}`, '--yes');
    case 'edit':
      return edit(stage, move.edit, turn);
    default: {
      const run = runs[move.age];
      if (run === undefined) return undefined;
      return move.kind === 'undo' ? fleet.cli('runs', 'undo', run.id, '--yes') : fleet.cli('runs', 'resume', run.id);
    }
  }
}

async function edit({ fleet }: Stage, what: (typeof EDITS)[number], turn: number): Promise<undefined> {
  if (what === 'app') {
    const path = join(fleet.dir, 'm1/src/functions/version.js');
    await writeFile(path, `${await readFile(path, 'utf8')}\n// ${turn}\n`);
    return;
  }
  const file = join(fleet.dir, 'fanops.yaml');
  const text = await readFile(file, 'utf8');
  const [port] = await freePorts(1);
  const changed = {
    port: () => text.replace(/(host: app-1, port: )\d+/, `$1${port}`),
    instances: () =>
      text.includes(', instances: 2')
        ? text.replace(', instances: 2', '')
        : text.replace(/(host: app-1, port: \d+)/, '$1, instances: 2'),
    setting: () => text.replace(/^ {6}STALE_SCHEDULE:.*\n/m, (line) => `${line}      EXTRA_${turn}: "x"\n`),
    comment: () => `${text}# ${turn}\n`,
  }[what]();
  await writeFile(file, changed);
}

/** A command may refuse or fail; it must not break. */
function refuseCrash({ code, signal, stderr }: CliResult): void {
  if (![0, 1, 2, 5, 6].includes(code ?? -1)) throw new Error(`the command ended with ${code ?? signal}`);
  if (/^\s+at .*\.js:\d+/m.test(stderr)) throw new Error('the command ended with a stack trace');
}

async function everybodyWithWeightAnswers(fleet: TestFleet): Promise<void> {
  await until('the route to be in force', async () => (await routeOf(fleet)).inForce);
  const route = JSON.parse(
    await readFile(join(fleet.home('router-1'), 'fanops/router/routes/m1.json'), 'utf8'),
  ) as Route;
  for (const { name, url, weight } of route.placements.filter((each) => each.weight > 0)) {
    const seen = await statusOf(url + STATUS);
    if (seen !== '200') throw new Error(`${name} has ${weight} % of the traffic and answers ${seen} at ${url}`);
  }
  for (let request = 0; request < 8; request += 1) {
    const seen = await statusOf(fleet.base + STATUS);
    if (seen !== '200') throw new Error(`the router answers ${seen} with ${JSON.stringify(route.placements)}`);
  }
}

async function statusOf(url: string): Promise<string> {
  return fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    ({ status }) => String(status),
    (error: unknown) => String((error as { cause?: unknown }).cause ?? error),
  );
}

/** Brings a fleet to where each sequence begins: the file and the app as they were, all traffic on the old side. @throws when it cannot be brought there */
export async function reset({ fleet, file }: Stage): Promise<void> {
  await writeFile(join(fleet.dir, 'fanops.yaml'), file);
  await useApp(fleet);
  const isReset = ({ placement, weights }: Awaited<ReturnType<typeof routeOf>>): boolean =>
    placement === 'azure' && weights.azure === 100;
  if (!isReset(await routeOf(fleet))) {
    // What differs from the file is settled by a deployment, and weights set by hand may leave the way back at either side.
    if ((await routeOf(fleet)).placement === 'vm') await fleet.ok('deploy', 'm1', '--yes');
    await fleet.cli('migrate', 'rollback', 'm1', '--yes');
    if (!isReset(await routeOf(fleet))) await fleet.ok('migrate', 'm1', '--to', 'azure', '--steps', '100', '--yes');
  }
  await fleet.ok('router', 'apply', '--yes');
  const { placement, weights } = await routeOf(fleet);
  if (placement !== 'azure' || weights.azure !== 100)
    throw new Error(`m1 is on ${placement} with ${JSON.stringify(weights)}`);
}
