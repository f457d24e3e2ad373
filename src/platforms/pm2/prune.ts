import { removeTree } from '../../remote/files.js';
import { releaseDir } from '../../remote/layout.js';
import { listWorkedIn, trialApp } from '../../remote/release.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, mutateOk } from '../../kit/on-host.js';
import { ownProcesses } from '../../kit/pm2-apps.js';
import { linesOf, oldReleases } from '../../kit/release-folder.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { currentRelease, processesOf } from './observe.js';

/**
 * Old releases that nothing needs: not the one that the link, the record or a process names, or that a rollback goes
 * to.
 */
async function tooOld(ctx: OperationContext, host: string, service: string): Promise<string[]> {
  const old = await oldReleases(ctx, host, service);
  if (old.length === 0) return [];
  const record = await readServiceRecord(ctx, host, service);
  const processes = [...(await processesOf(ctx, host, service)), ...(await ownProcesses(ctx, host, trialApp(service)))];
  const workedIn = linesOf(await ask(ctx, host, listWorkedIn(service), 'The releases in use could not be listed'));
  const needed = new Set([
    await currentRelease(ctx, host, service),
    record?.release,
    record?.previous,
    ...processes.map(({ release }) => release),
    ...workedIn,
  ]);
  return old.filter((release) => !needed.has(release));
}

/** Keeps the newest five releases, and in any case the one that runs and the one a rollback goes to. */
export const pruneStep = defineStep<OperationContext, { service: string; host: string }>('release.prune', {
  async check(io) {
    const old = await tooOld(io.ctx, io.input.host, io.input.service);
    return old.length === 0
      ? { state: 'done', detail: 'no old releases' }
      : { state: 'change', changes: old.map((release) => `release ${release} is removed`) };
  },
  async apply(io) {
    const { service, host } = io.input;
    const old = await tooOld(io.ctx, host, service);
    for (const release of old)
      await mutateOk(io, host, removeTree(releaseDir(service, release)), 'An old release could not be removed', {
        brief: true,
      });
    return { detail: `${old.length} old release${old.length === 1 ? '' : 's'} removed` };
  },
});
