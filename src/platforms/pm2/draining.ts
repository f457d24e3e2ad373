import { RemoteError } from '../../core/errors.js';
import { formatDuration } from '../../core/duration.js';
import { removeTree } from '../../remote/files.js';
import { cutBy, parseShutdowns, readShutdowns, shutdownDir, type Shutdown } from '../../remote/shutdowns.js';
import { killTimeoutMs } from '../../remote/release.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, mutateOk } from '../../kit/on-host.js';
import { processesOf } from './observe.js';
import type { ProcessIo } from './process-spec.js';

const LOOK_MS = 2_000;

export interface DrainTarget {
  service: string;
  host: string;
}

/** How long all workers of a service may take to end one after the other, in milliseconds. */
export async function longestDrain(
  ctx: OperationContext,
  { service, host }: DrainTarget,
  workers: number,
): Promise<number> {
  return workers * killTimeoutMs((await ctx.fleet()).drainMs(service, host));
}

/**
 * Runs what ends workers of a service, and tells meanwhile which requests are waited for.
 * @returns the number of requests that were cut, as the workers report it; undefined when one of them does not report
 * (an earlier version)
 */
export async function whileDraining(
  io: ProcessIo,
  target: DrainTarget,
  workers: number,
  work: () => Promise<unknown>,
): Promise<number | undefined> {
  const { service, host } = target;
  await mutateOk(io, host, removeTree(shutdownDir(service)), 'Old reports of shutdowns could not be removed', {
    brief: true,
  });
  const done = new AbortController();
  const watching = watch(io, target, done.signal);
  try {
    await work();
  } finally {
    done.abort();
    await watching;
  }
  const reports = await reportsOf(io.ctx, target);
  return reports.length < workers ? undefined : cutBy(reports);
}

/**
 * Waits until no worker of an earlier reload drains any more: PM2 refuses to reload a service that it is still
 * reloading.
 * @throws RemoteError when one outlasts its deadline
 */
export async function settled(io: ProcessIo, target: DrainTarget): Promise<void> {
  const { service, host } = target;
  const from = io.ctx.io.clock.monotonic();
  for (;;) {
    const draining = (await processesOf(io.ctx, host, service)).filter((app) => app.status === 'stopping');
    if (draining.length === 0) return;
    if (io.ctx.io.clock.monotonic() - from > (await longestDrain(io.ctx, target, draining.length)) + 30_000) {
      throw new RemoteError(
        `A worker of ${service} on ${host} that an earlier run stopped does not end (process ` +
          `${draining[0]?.pid ?? 0}).`,
        { host, code: 'NOT_READY' },
      );
    }
    io.progress(waitingFor(await reportsOf(io.ctx, target)) ?? 'workers of an earlier run are ending');
    await io.ctx.io.clock.sleep(LOOK_MS, io.signal);
  }
}

async function reportsOf(ctx: OperationContext, { service, host }: DrainTarget): Promise<Shutdown[]> {
  return parseShutdowns(await ask(ctx, host, readShutdowns(service), 'The reports of shutdowns could not be read'));
}

async function watch(io: ProcessIo, target: DrainTarget, done: AbortSignal): Promise<void> {
  while (!done.aborted) {
    await io.ctx.io.clock.sleep(LOOK_MS, done).catch(() => undefined);
    if (done.aborted) return;
    // It only tells: whoever waits learns of a lost connection anyway.
    const text = await reportsOf(io.ctx, target).then(waitingFor, () => undefined);
    if (text !== undefined && !done.aborted) io.progress(text);
  }
}

function waitingFor(reports: readonly Shutdown[]): string | undefined {
  const open = reports.filter(({ cut, underWay }) => cut === undefined && underWay > 0);
  const [first] = open;
  if (!first) return undefined;
  const count = open.reduce((sum, { underWay }) => sum + underWay, 0);
  return (
    `waiting for ${count} request${count === 1 ? '' : 's'} under way, at most ` +
    `${formatDuration(first.deadlineMs).replace('.0 s', ' s')}`
  );
}
