import { decode, MalformedError, recordedSettings, type RecordedSettings } from '#protocol';
import { PreconditionError, RemoteError } from '../../core/errors.js';
import type { Action } from '../../core/plan.js';
import { waitFor } from '../../core/wait.js';
import { linkFile } from '../../remote/files.js';
import { routerState } from '../../remote/layout.js';
import { removeRoute } from '../../remote/router-program.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import type { RouterIo } from './engine.js';
import { lastChangeOf } from './last-change.js';
import { appliedOn, putRouteOn } from './program-remote.js';
import { readRoute, writtenUnder, type Route } from '../../kit/route.js';
import { sameHealth, sameRoute } from './wanted-route.js';

/** What `router.json` holds. */
export type Settings = RecordedSettings & { engine: string; mark: string };

interface RestoreInput {
  host: string;
  before: Settings;
  /** Mark of the settings that the run put in their place. */
  mark: string;
}

/**
 * The settings in effect on the host, undefined when there are none. @throws PreconditionError (code NOT_OURS) when
 * fanops did not write them
 */
export async function presentSettings(ctx: OperationContext, host: string): Promise<Settings | undefined> {
  const content = await (await ctx.hosts.transport(host)).getFile(routerState);
  if (!content) return undefined;
  try {
    const settings = decode(recordedSettings, content.toString('utf8'));
    return { ...settings, engine: settings.engine ?? 'embedded', mark: settings.mark ?? '' };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new PreconditionError(`${routerState} on ${host} is not what fanops writes there: ${error.message}.`, {
      code: 'NOT_OURS',
      where: host,
      cause: error,
      hint: 'Somebody wrote it by hand, or a newer fanops did: move it away and apply the router again.',
      nextSteps: ['fanops router apply'],
    });
  }
}

const KEPT = `${routerState}.kept`;

/** Gives the settings that are there a second name, so that they can be put back by a rename alone. */
export const keepSettings = (io: RouterIo, host: string): Promise<string> =>
  mutateOk(io, host, linkFile(routerState, KEPT), 'The settings of the router could not be kept', { brief: true });

/** Puts settings into their place; those that were kept take no room. */
export async function putSettings(io: RouterIo, host: string, text: string): Promise<void> {
  const transport = await io.ctx.hosts.transport(host);
  if ((await transport.getFile(KEPT))?.toString('utf8') !== text) await transport.putFile(text, routerState);
  else
    await mutateOk(io, host, linkFile(KEPT, routerState), 'The earlier settings of the router could not be put back', {
      brief: true,
    });
}

/** The inverse of new settings. */
export const restoreSettings = (host: string, before: Settings, mark: string): Action =>
  restoreStep.inverse(`Put the earlier settings of the router back (${before.engine} on port ${before.listen.port})`, {
    host,
    before,
    mark,
  });

/** Puts earlier settings back, and waits until the engine that they name serves. */
export const restoreStep = defineStep<OperationContext, RestoreInput>('router.restore', {
  async apply(io) {
    const { host, before } = io.input;
    await putSettings(io, host, `${JSON.stringify(before)}\n`);
    await waitFor(
      async () => {
        const now = await appliedOn(io.ctx, host);
        if (now?.holder?.error !== undefined && now.holder.tried === before.mark)
          throw new RemoteError(`The router on ${host} refuses its earlier settings: ${now.holder.error}`, {
            host,
            code: 'NOT_READY',
          });
        if (now && now.mark === before.mark && (now.holder?.engine ?? 'embedded') === before.engine)
          return { done: true, value: undefined };
        return { done: false, seen: now ? 'it has the later settings yet' : 'it does not run' };
      },
      {
        clock: io.ctx.io.clock,
        what: 'the router to take its earlier settings up',
        timeoutMs: 60_000,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  },
  repeatable: true,
  async mayUndo(io) {
    const { host, before, mark } = io.input;
    const present = await presentSettings(io.ctx, host);
    if (present && ![before.mark, mark].includes(present.mark)) {
      throw new PreconditionError(`The settings of the router on ${host} were changed since by a later run.`, {
        where: host,
        code: 'BUILT_ON',
        hint: 'Undo the later one first, or apply what the fleet file says.',
        nextSteps: ['fanops router apply'],
      });
    }
  },
});

/** The inverse of a route that was written anew. @param before what was there, undefined for nothing */
export const restoreRoute = (host: string, service: string, before: Route | undefined): Action =>
  rerouteStep.inverse(before ? `Put the earlier route of ${service} back` : `Remove the route of ${service}`, {
    host,
    service,
    ...(before && { before: before }),
  });

export const rerouteStep = defineStep<
  OperationContext,
  { host: string; service: string; before?: Route },
  { unchanged?: boolean }
>('router.reroute', {
  async apply(io) {
    const { host, service, before } = io.input;
    const present = before && (await readRoute(io.ctx, service));
    if (before && present && sameRoute(present, before) && sameHealth(present, before)) return { unchanged: true };
    if (before)
      await putRouteOn(
        io,
        host,
        { ...before, ...writtenUnder(io, host, service), at: new Date(io.ctx.io.clock.now()).toISOString() },
        { mode: 'revert' },
      );
    else await mutateOk(io, host, removeRoute(service), 'The route could not be removed', { brief: true });
    return {};
  },
  repeatable: true,
  async mayUndo(io) {
    const { host, service, before } = io.input;
    const present = await readRoute(io.ctx, service);
    if (!present || [io.runId, before?.run].includes(present.run)) return;
    const run = await lastChangeOf(io.ctx, host, present);
    if ([io.runId, before?.run].includes(run)) return;
    throw new PreconditionError(`The route of ${service} was changed since, by run ${run}.`, {
      where: host,
      code: 'BUILT_ON',
      nextSteps: [`fanops migrate status ${service}`],
    });
  },
});
