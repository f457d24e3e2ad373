import { readFile } from 'node:fs/promises';
import type { AppliedReply } from '#protocol';
import { RemoteError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { tailFiles } from '../../remote/files.js';
import { routerDir } from '../../remote/layout.js';
import type { Pm2Process } from '../../remote/pm2.js';
import { routerApp, routerEcosystem } from '../../remote/standing.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';
import { ask } from '../../kit/on-host.js';
import { ownBeforeStart, ownProcesses, saveList, startApp } from '../../kit/pm2-apps.js';
import { appliedOn } from './program-remote.js';
import { putSettings, type Settings } from './program-restore.js';
import { sha256 } from './router-files.js';

const ECOSYSTEM = `${routerDir}/ecosystem.json`;

/** Runs the router under PM2, and waits until its settings are in force. */
export const startStep = defineStep<OperationContext, { host: string; settings: Settings }>('router.start', {
  async check(io) {
    const now = await appliedOn(io.ctx, io.input.host);
    if (now && (await isInForce(io, now))) {
      if (isOnline(await ownProcesses(io.ctx, io.input.host, routerApp))) return { state: 'done', detail: 'it runs' };
      return { state: 'change', changes: ['it runs, but PM2 does not know of it: it is started under PM2'] };
    }
    const other = now?.holder && now.holder.engine !== io.input.settings.engine;
    return {
      state: 'change',
      changes: [
        other
          ? `${io.input.settings.engine} takes over from ${now.holder?.engine}`
          : now
            ? 'the router takes its settings up'
            : 'the router is started',
      ],
    };
  },
  async apply(io) {
    const { host } = io.input;
    const transport = await io.ctx.hosts.transport(host);
    if (!isOnline(await ownBeforeStart(io.ctx, host, routerApp))) {
      const { home } = await hostFacts(io.ctx, host);
      await transport.putFile(routerEcosystem(home, (await io.ctx.fleet()).longestDrainMs()), ECOSYSTEM, 0o600);
      await startApp(io, host, ECOSYSTEM, 'PM2 could not start the router');
    }
    await waitUntilRunning(io);
    await saveList(io, host, routerApp);
  },
});

/** Whether PM2 runs the router, and would start it again. */
const isOnline = (processes: readonly Pm2Process[]): boolean => processes.some(({ status }) => status === 'online');

type StartIo = StepIo<OperationContext, { host: string; settings: Settings }>;

/** The engine, its settings and the program are those that the plan wants. */
async function isInForce(io: Pick<StartIo, 'ctx' | 'input'>, now: AppliedReply): Promise<boolean> {
  const { settings } = io.input;
  return (
    now.mark === settings.mark &&
    now.holder?.engine === settings.engine &&
    now.holder.error === undefined &&
    now.holder.program === sha256(await readFile(io.ctx.assets.router))
  );
}

async function waitUntilRunning(io: StartIo): Promise<void> {
  const { host, settings } = io.input;
  let refused: string | undefined;
  try {
    await waitFor(
      async () => {
        const now = await appliedOn(io.ctx, host);
        if (now && (await isInForce(io, now))) return { done: true, value: undefined };
        refused = now?.holder?.tried === settings.mark ? now.holder.error : now?.errors['router.json'];
        if (refused !== undefined) throw new Error(refused);
        return { done: false, seen: now ? 'it has its old settings yet' : 'it does not run yet' };
      },
      {
        clock: io.ctx.io.clock,
        what: 'the router to take its settings up',
        timeoutMs: 60_000,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  } catch (error) {
    if (io.signal.aborted) throw error;
    const before = io.outputs('configure')?.before;
    // What serves must also be what a restart of the host brings back.
    if (typeof before === 'string' && before !== '') await putSettings(io, host, before);
    const log = await ask(
      io.ctx,
      host,
      tailFiles(12, `${routerDir}/logs/out.log`, `${routerDir}/logs/error.log`),
      'The logs could not be read',
    );
    throw new RemoteError(
      refused === undefined
        ? `The router does not come up on ${host}.`
        : `The router on ${host} refuses its settings: ${refused}`,
      {
        host,
        code: 'NOT_READY',
        stderr: log,
        hint: `${before ? 'What was in force before still serves. ' : ''}Its last lines:\n${log.trimEnd()}`,
        cause: error,
      },
    );
  }
}
