import { PreconditionError } from '../../core/errors.js';
import { routerLock, serviceLock } from '../../remote/layout.js';
import { isOwn } from '../../remote/pm2.js';
import { freeReserve } from '../../remote/reserve.js';
import { listStanding, parseStanding, type Standing } from '../../remote/standing.js';
import { defineStep, type StepIo } from '../../core/step.js';
import { RunLocks, type LockHolder } from '../../runs/locks.js';
import { isDeadHere } from '../../runs/operator.js';
import type { OperationContext } from '../../kit/context.js';
import { unknownUntilReached } from '../../kit/not-there.js';
import { locksOn } from '../lock/locks.js';
import { ask } from '../../kit/on-host.js';
import { endApp, othersNamed, ownBeforeStart, pm2List, saveList, startApp } from '../../kit/pm2-apps.js';

/** What a host is to run and does not: its machine was started anew, or PM2 died. */
export interface Down extends Standing {
  /** True when PM2 has it in its list all the same. */
  listed: boolean;
  /** Program of a process of somebody else that has its name: then it is not started. */
  taken?: string;
  /** The run that is at work on it, and so sees to it itself. */
  busy?: LockHolder;
}

/**
 * Compares the host's own records with what PM2 runs there. PM2 is only asked when there is something to run. What this
 * process itself has locked is not busy: it is about to be started.
 */
export async function downOn(ctx: OperationContext, host: string): Promise<{ wanted: Standing[]; down: Down[] }> {
  const wanted = parseStanding(await ask(ctx, host, listStanding(), 'The records of the host could not be read'));
  if (wanted.length === 0) return { wanted, down: [] };
  const processes = await pm2List(ctx, host);
  const missing = wanted.filter(
    ({ app }) => !processes.some((each) => isOwn(each, app) && ['online', 'launching'].includes(each.status)),
  );
  if (missing.length === 0) return { wanted, down: [] };
  const here = await ctx.state.operator();
  const locks = await locksOn(ctx, host);
  const down = missing.map(async (each): Promise<Down> => {
    const holder = locks.find((lock) => lock.name === lockOf(each))?.holder;
    const own = holder?.operator.machine === here.machine && holder.operator.pid === here.pid;
    const busy = holder && !own && !(await isDeadHere(holder.operator, here)) ? holder : undefined;
    const [other] = othersNamed(processes, [each.app]);
    return {
      ...each,
      listed: processes.some((one) => isOwn(one, each.app)),
      ...(other && { taken: other.script ?? other.name }),
      ...(busy && { busy }),
    };
  });
  return { wanted, down: await Promise.all(down) };
}

const lockOf = ({ kind, name }: Standing): string => (kind === 'router' ? routerLock : serviceLock(name));
const namesOf = (standing: readonly Standing[]): string => standing.map(({ name }) => name).join(', ');

/** Lets PM2 run what the host's records say. What a run is at work on is left to it. */
export const standingStep = defineStep<OperationContext, { host: string }>(
  'host.standing',
  unknownUntilReached({
    async check(io) {
      const { wanted, down } = await downOn(io.ctx, io.input.host);
      const idle = down.filter(({ busy }) => !busy);
      if (idle.length > 0) return { state: 'change', changes: [`PM2 starts ${namesOf(idle)}`] };
      const busy = down[0]?.busy;
      if (busy) return { state: 'done', detail: `run ${busy.run} is at work on ${namesOf(down)}` };
      return { state: 'done', detail: wanted.length > 0 ? `PM2 runs ${namesOf(wanted)}` : 'it is to run nothing yet' };
    },
    async apply(io) {
      const { host } = io.input;
      const idle = (await downOn(io.ctx, host)).down.filter(({ busy }) => !busy);
      const locks = await RunLocks.acquire(
        idle.map((each) => ({ host, name: lockOf(each) })).filter(({ name }) => io.fence(host, name) === 0),
        {
          transport: io.ctx.hosts.transport,
          clock: io.ctx.io.clock,
          signal: io.signal,
          lease: (await io.ctx.fleet()).timing,
          holder: {
            run: io.runId,
            reason: `start ${namesOf(idle)} on ${host}`,
            operator: await io.ctx.state.operator(),
            since: new Date(io.ctx.io.clock.now()).toISOString(),
          },
        },
      );
      try {
        for (const each of idle) await ownBeforeStart(io.ctx, host, each.app);
        for (const each of idle) await bringBack(io, host, each);
        await saveList(io, host, ...idle.map(({ app }) => app));
      } finally {
        await locks.release();
      }
      const left = (await downOn(io.ctx, host)).down.filter(({ busy }) => !busy);
      if (left.length > 0)
        throw new PreconditionError(`PM2 does not get ${namesOf(left)} up on ${host}.`, {
          where: host,
          code: 'NOT_READY',
          nextSteps: [`fanops exec ${host} -- pm2 logs --nostream`],
        });
      return { detail: `${namesOf(idle)} started` };
    },
    repeatable: true,
  }),
);

async function bringBack(
  io: StepIo<OperationContext>,
  host: string,
  { name, app, ecosystem, listed }: Down,
): Promise<void> {
  io.progress(`starting ${name} under PM2`);
  // It is down: whatever it takes to bring it back comes first.
  await (await io.ctx.hosts.transport(host)).run({ argv: freeReserve() });
  // PM2 does not reload what waits for its next restart.
  if (listed) await endApp(io, host, app, `PM2 could not end what is left of ${name}`);
  await startApp(io, host, ecosystem, `PM2 could not start ${name}`);
}
