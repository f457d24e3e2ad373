import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { seeded } from '../interrupt.js';
import type { CommandName, Interruption, Kind } from './cases.js';
import { textOf } from './cases.js';
import { bringAbout, changed, putBack, tidy } from './changes.js';
import { before, fleetFile, makeReady, useEngine, withoutSteps, type Before, type Ground } from './ground.js';
import { complaints, lostSince, lostText, rightAfter, rightBefore, runOf, served, type Promised } from './oracle.js';
import type { Snapshot } from './state.js';
import { strike, theMoment } from './strike.js';
import { thenPlayed } from './then.js';

const COMMAND: Record<CommandName, string[]> = {
  migrate: ['migrate', 'm1', '--to', 'vm', '--hold', '500ms', '--yes'],
  deploy: ['deploy', 'm1', '--yes'],
  'deploy-rollback': ['deploy', 'rollback', 'm1', '--yes'],
  'migrate-rollback': ['migrate', 'rollback', 'm1', '--yes'],
  'router-apply': ['router', 'apply', '--yes'],
  'host-provision': ['host', 'provision', '--all', '--yes'],
};

/** These may fail requests for the time of a restart: what is killed is what answers them. */
const MAY_LOSE: readonly Kind[] = ['router', 'pm2-app', 'pm2-router'];

const TOLD = /disk is full|No space left on device|ENOSPC|free; the release needs/;

/** How a case went. */
export interface Played {
  /** How the command itself ended: its exit code, or the signal. */
  ended: string;
  /** Requests that failed, which only some kinds may cause. */
  lost: number;
  /** How what the operator did after it ended. */
  then?: string;
}

/** Plays one interruption to its end, and looks whether all is right then. @throws what is not right */
export async function play(ground: Ground, interruption: Interruption): Promise<Played> {
  const { fleet } = ground;
  const { command, engine, kind, when, end } = interruption;
  const random = seeded(
    [...textOf(interruption)].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7),
  );
  await useEngine(ground, engine);
  await makeReady(ground, command);
  const was = await before(ground);
  const begun = Date.now();
  await bringAbout(ground, interruption.change);
  const live = fleet.start(...COMMAND[command]);
  const runId = await theMoment(live, when);
  if (runId !== undefined) ground.runs.set(runId, was);
  const repair = await strike(fleet, live, kind, random);
  const result = await live.ended;
  const ended = result.signal ?? String(result.code);
  try {
    // The side that PM2's death takes down is nobody's to bring back but the operator's.
    if (end.startsWith('watchdog') && !(kind === 'pm2-app' && command !== 'migrate'))
      await served(fleet, kind !== 'disk-router');
    await repair();
    const needsHost = kind.startsWith('link');
    if (needsHost || (kind.startsWith('pm2') && random() < 0.5)) await mend(ground, runId);
    await settle(ground, interruption, runId, was);
    if (kind.startsWith('pm2') && (await complaints(fleet)).length > 0) await mend(ground);
    if (kind.startsWith('disk') && result.code === 1)
      expect(result.stderr, 'a full disk is told as such').toMatch(TOLD);
    const settled = Date.now();
    await judge(ground, interruption, runId, was.state);
    const then = interruption.then && (await thenPlayed(ground, interruption.then, runId));
    await tidy(ground);
    expect(lostSince(ground, settled), 'requests failed after all was settled').toBe(0);
    const lost = lostSince(ground, begun);
    if (!MAY_LOSE.includes(kind)) expect(lost, 'requests that failed').toBe(0);
    return { ended, lost, ...(then !== undefined && { then }) };
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\nrun ${runId ?? 'none'}, command ended with ${ended}, requests failed ${lostSince(ground, begun)}\n${lostText(ground, begun)}\n${withoutSteps(result.stderr)}`,
      { cause: error },
    );
  }
}

/**
 * As a user is told: doctor says what is wrong, and `--fix` mends it.
 * @param open a run that has not ended: what it left half done is for its resume or undo
 */
async function mend({ fleet }: Ground, open?: string): Promise<void> {
  if ((await complaints(fleet)).length === 0) return;
  const { stdout, stderr } = await fleet.cli('doctor', '--fix', '--yes', '--json');
  const left = (await complaints(fleet)).filter((each) => open === undefined || !/works in the background/.test(each));
  if (left.length > 0)
    throw new Error(`doctor --fix leaves ${left.join('; ')}\n${stdout.slice(-3000)}\n${stderr.slice(-1500)}`);
}

async function settle(
  ground: Ground,
  { change, end }: Interruption,
  runId: string | undefined,
  was: Before,
): Promise<void> {
  const { fleet } = ground;
  if (runId !== undefined && !end.endsWith('undo')) {
    if ((await runOf(fleet, runId)).run.status !== 'succeeded') await fleet.ok('runs', 'resume', runId);
    return;
  }
  if (runId !== undefined) await fleet.ok('runs', 'undo', runId, '--yes');
  // Who undoes a run takes the change that it was for out of the file as well.
  await writeFile(fleetFile(fleet), was.file);
  await putBack(ground, change, was);
}

async function judge(
  ground: Ground,
  { change, command, end, kind }: Interruption,
  runId: string | undefined,
  was: Snapshot,
): Promise<void> {
  const leases = /^(link|blink)-/.test(kind);
  await changed(ground, change, runId !== undefined && !end.endsWith('undo'));
  if (runId === undefined) return rightBefore(ground, was, leases);
  const { run, steps, effects } = await runOf(ground.fleet, runId);
  expect(
    effects.filter((effect) => effect.temporary),
    'temporary things',
  ).toEqual([]);
  if (end.endsWith('undo')) {
    expect(run.status).toBe('undone');
    expect(effects, 'effects').toEqual([]);
    return rightBefore(ground, was, leases);
  }
  expect(run.status).toBe('succeeded');
  expect(
    steps.filter(({ status }) => status !== 'done').map(({ id }) => id),
    'steps that are not done',
  ).toEqual([]);
  return rightAfter(
    ground,
    promised(
      command,
      was,
      /\b\d{8}-\d{6}-[0-9a-z]+\b/.exec(steps.find(({ id }) => id === 'release/upload')?.title ?? '')?.[0],
    ),
    leases,
  );
}

function promised(command: CommandName, before: Snapshot, release: string | undefined): Promised {
  if (command === 'router-apply' || command === 'host-provision')
    return { placement: before.route.placement, release: before.record?.release };
  if (command === 'migrate-rollback') return { placement: 'azure' };
  if (command === 'deploy-rollback') return { placement: 'vm', release: before.record?.previous };
  return { placement: 'vm', ...(command === 'migrate' && { previous: 'azure' }), release };
}
