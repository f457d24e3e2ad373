import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeValue, watchdogEnd, watchdogLease, type Schema, type WatchdogEnd, type WatchdogLease } from '#protocol';
import { FanopsError, RemoteError } from '../../core/errors.js';
import { armWatchdog, disarmWatchdog, renewWatchdog, watchdogFiles } from '../../remote/watchdog.js';
import { makeDirs } from '../../remote/files.js';
import { defineStep, isWayBack, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, mutateOk } from '../../kit/on-host.js';
import { engineOf } from './program-engine.js';
import { probeFrom } from '../../kit/probe.js';
import { writtenUnder, type Route } from '../../kit/route.js';
import { revertStep } from './revert.js';

interface WatchdogInput {
  service: string;
  host: string;
}

/** Raised when the watchdog has put the route back while the run went on. */
export function firedError(service: string, host: string): FanopsError {
  return new FanopsError(
    `The watchdog on ${host} put the traffic of ${service} back: its lease was not renewed in time.`,
    {
      code: 'WATCHDOG',
      where: host,
      hint: 'The link to the host was cut or too slow.',
    },
  );
}

/** Keeps the watchdog's lease for as long as the run goes on in this process. */
export async function keepLease(io: StepIo<OperationContext, { service: string; host: string }>): Promise<void> {
  const { service, host } = io.input;
  const { watchdogRenewalMs } = (await io.ctx.fleet()).timing;
  io.keep(`watchdog/${service}`, watchdogRenewalMs, async () => {
    const transport = await io.ctx.hosts.transport(host);
    await transport.run({ argv: renewWatchdog(service) }, { timeoutMs: watchdogRenewalMs });
  });
}

function goneError(service: string, host: string): FanopsError {
  return new FanopsError(`The watchdog on ${host} that guards the traffic of ${service} has ended.`, {
    code: 'WATCHDOG',
    where: host,
    hint: 'Somebody ended it, or the host was started anew. A resume puts a new one on guard.',
  });
}

/**
 * One of the words that the watchdog's scripts print. @throws RemoteError (code BAD_ANSWER) for anything else: what it
 * guards is not known then
 */
function word<T extends string>(words: Schema<T>, host: string, service: string, printed: string): T {
  try {
    return decodeValue(words, printed.trim());
  } catch (error) {
    throw new RemoteError(`The watchdog of ${service} on ${host} gave an answer that cannot be read.`, {
      host,
      code: 'BAD_ANSWER',
      cause: error,
      stderr: printed.slice(0, 400),
      hint: `It said: ${printed.trim().slice(0, 200) || 'nothing'}`,
      nextSteps: [`fanops migrate status ${service}`],
    });
  }
}

/** @throws FanopsError when the watchdog has fired, and when it guards nothing any more. */
export async function refuseFired(ctx: OperationContext, host: string, service: string): Promise<void> {
  const printed = await ask(ctx, host, renewWatchdog(service), 'The watchdog could not be asked');
  const state: WatchdogLease = word(watchdogLease, host, service, printed);
  if (state === 'fired') throw firedError(service, host);
  if (state === 'gone') throw goneError(service, host);
}

/** Puts a watchdog on the router host that goes back to the present route when fanops stops renewing its lease. */
export const armStep = defineStep<
  OperationContext,
  WatchdogInput & {
    route: Route;
    /** The step that takes it off for good. */
    until: string;
    /** True when a step with an inverse of its own moves the route. */
    moves?: boolean;
  },
  { armed: boolean }
>('watchdog.arm', {
  async check(io) {
    if (io.outputs(io.input.until)) return { state: 'done', detail: 'the traffic stays where it is' };
    // Also when one is on guard: that of an interrupted run acts under a fencing number that the router does not take
    // any more.
    return { state: 'change', changes: ['a watchdog guards the traffic'] };
  },
  async apply(io) {
    const { service, host, route, moves } = io.input;
    const files = watchdogFiles(service);
    const { watchdogLeaseMs } = (await io.ctx.fleet()).timing;
    const transport = await io.ctx.hosts.transport(host);
    // The watchdog asks as well before it sends users anywhere: a program that cannot is found out here.
    await probeFrom(io.ctx, host, { service, timeoutMs: 5000 });
    const made = await io.willMake(disarmStep.inverse('Take the watchdog off', { service, host }), { temporary: true });
    await mutateOk(io, host, makeDirs(files.dir), 'The folder of the watchdog could not be made', { brief: true });
    await transport.putFile(await readFile(join(io.ctx.assets.templates, 'watchdog.sh')), files.program, 0o700);
    await transport.putFile(
      JSON.stringify({ ...route, ...writtenUnder(io, host, service), run: io.runId }),
      files.route,
    );
    const revert = (await engineOf(io.ctx)).putRouteFromFile(service, files.route);
    await mutateOk(io, host, armWatchdog(service, watchdogLeaseMs, revert), 'The watchdog could not be started', {
      brief: true,
      timeoutMs: 30_000,
    });
    await made();
    if (!moves) {
      // Unmade before what was made earlier: traffic leaves the new side before the new side is taken away.
      const back = await io.willMake(
        revertStep.inverse(`Send all traffic back to ${route.placement}`, { service, host, route: route }),
      );
      await back();
    }
    await keepLease(io);
    return { armed: true };
  },
  recheck: true,
});

/** Takes the watchdog off. As a step of the plan it is the point from which the new side stays. */
export const disarmStep = defineStep<OperationContext, WatchdogInput>('watchdog.disarm', {
  async apply(io) {
    const { service, host } = io.input;
    io.unkeep(`watchdog/${service}`);
    const printed = await mutateOk(io, host, disarmWatchdog(service), 'The watchdog could not be taken off', {
      brief: true,
      timeoutMs: 30_000,
    });
    const answer: WatchdogEnd = word(watchdogEnd, host, service, printed);
    await io.unmade({ kind: 'watchdog.disarm', input: { service, host } });
    if (answer === 'fired' && !isWayBack(io)) throw firedError(service, host);
  },
  repeatable: true,
});
