import { expect } from 'vitest';
import type { RunDetails } from '../../../src/operations/run/list.js';
import { killAt, seeded, SOAK, type Moment } from '../interrupt.js';
import { EXPIRED } from '../fault-proxy/expired.js';
import type { Cloud } from './cloud.js';
import type { CloudFleet } from './fleet.js';

/**
 * Where a run is killed. At a step of its plan; or at a request that changes something: `unsent`, so that the provider never sees it, or `unanswered`,
 * so that the provider acts and nobody learns of it. Or not killed, but `expired`: after the answer to that request the provider accepts the login no
 * longer. The nth request of its kind counts.
 */
export type CloudKill =
  { step: string; moment: Moment } | { change: string; nth: number; moment: (typeof AT_CHANGES)[number] };
const AT_CHANGES = ['unsent', 'unanswered', 'expired'] as const;
/** What is done with a run that was killed: it goes on and is then undone, or it is undone as it is. */
export type Way = 'resumed' | 'undone';

export interface Case {
  kill: CloudKill;
  way: Way;
}

export const titleOf = ({ kill, way }: Case): string =>
  `${'step' in kill ? `step ${kill.step} at ${kill.moment}` : `${kill.change}${kill.nth > 1 ? ` (${kill.nth})` : ''} ${kill.moment}`}, ${way}`;

/** Requests that change something, with how many of their kind a run sends. */
export type Changes = Record<string, number>;

/** Steps of which this image lacks nothing: they say nothing between their start and their end. */
const LOOKS = ['bootstrap/system', 'bootstrap/time', 'bootstrap/swap', 'standing'];
const WAYS = (['resumed', 'undone'] as const).filter(
  (way) => process.env.FANOPS_WAY === undefined || process.env.FANOPS_WAY === way,
);

/** All cases in a soak: each step at its start, at the first thing it says and at its end, each request both ways. Else a few that the seed picks. */
export function casesOf(
  steps: readonly string[],
  changes: Changes,
  count: { steps: number; changes: number; seed: number },
): Case[] {
  const bySteps = steps.flatMap((step) =>
    (LOOKS.includes(step) ? (['start', 'end'] as const) : (['start', 'progress', 'end'] as const)).map((moment) => ({
      step,
      moment,
    })),
  );
  const byChanges = Object.entries(changes).flatMap(([change, times]) =>
    Array.from({ length: times }, (_, at) => at + 1).flatMap((nth) =>
      AT_CHANGES.map((moment) => ({ change, nth, moment })),
    ),
  );
  const both = (kills: CloudKill[]): Case[] => kills.flatMap((kill) => WAYS.map((way) => ({ kill, way })));
  if (SOAK) return both([...bySteps, ...byChanges]);
  const random = seeded(count.seed);
  const some = (from: Case[], wanted: number): Case[] =>
    Array.from({ length: Math.min(wanted, from.length) }, () =>
      from.splice(Math.floor(random() * from.length), 1),
    ).flat();
  return [...some(both(bySteps), count.steps), ...some(both(byChanges), count.changes)];
}

/** Starts a run and kills it there. Resolves with its id. @throws when it ends before it gets there */
async function killed(cloud: Cloud, fleet: CloudFleet, kill: CloudKill, ...command: string[]): Promise<string> {
  const live = fleet.start(...command);
  if ('step' in kill) return (await killAt(live, kill)).runId;
  const { proxy } = cloud;
  if (!proxy) throw new Error(`${cloud.name} sends no requests.`);
  const { gate } = proxy;
  const begun = await live.event((event) => event.type === 'run.started');
  let seen = 0;
  let refusedFrom = Infinity;
  const reached = (): boolean => {
    seen += 1;
    return seen === kill.nth;
  };
  const end = async (): Promise<never> => {
    proxy.gate = gate;
    live.child.kill('SIGKILL');
    await live.ended;
    throw new Error('killed here');
  };
  proxy.gate = {
    before: async (request) => {
      if (kill.moment === 'unsent' && cloud.changes(request) === kill.change && reached()) await end();
    },
    after: async (request) => {
      await gate.after?.(request);
      if (kill.moment === 'unsent' || cloud.changes(request) !== kill.change || !reached()) return;
      if (kill.moment === 'unanswered') await end();
      else {
        refusedFrom = proxy.requests.length;
        proxy.faults.push({ on: {}, then: EXPIRED[cloud.name as keyof typeof EXPIRED] });
      }
    },
  };
  try {
    const { signal, code, stderr } = await live.ended;
    if (kill.moment === 'expired') expect(code, stderr).toBe(proxy.requests.length > refusedFrom ? 4 : 0);
    else if (signal !== 'SIGKILL')
      throw new Error(
        `The run ended by itself with ${code} before ${kill.change} could be interrupted: ${stderr.split('\n').slice(-5).join('\n')}`,
      );
  } finally {
    proxy.gate = gate;
    proxy.faults.length = 0;
  }
  return begun.type === 'run.started' ? begun.runId : '';
}

/** Plays a case with the only host of a fleet: whatever was there before is there after it, and nothing else. */
export async function play(cloud: Cloud, fleet: CloudFleet, host: string, { kill, way }: Case): Promise<void> {
  const [before, { made }] = [await cloud.snapshot(), await cloud.count()];
  const run = await killed(cloud, fleet, kill, 'host', 'provision', host, '--yes');
  if (way === 'resumed') {
    const {
      run: { status },
    } = await fleet.json<RunDetails>('runs', 'show', run);
    if (['interrupted', 'failed'].includes(status)) await fleet.ok('runs', 'resume', run);
    else expect(status, 'only a run that was at its last step may have ended').toBe('succeeded');
    const after = await cloud.count();
    expect({ now: after.now, made: after.made - made }).toEqual({ now: 1, made: 1 });
    expect(await fleet.ok('exec', host, '--', 'id', '-un')).toBe('deploy\n');
  }
  await fleet.ok('runs', 'undo', run, '--yes');
  expect(await cloud.snapshot()).toEqual(before);
  expect((await cloud.count()).now).toBe(0);
}
