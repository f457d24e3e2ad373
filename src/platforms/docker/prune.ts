import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { oldReleases } from '../../kit/release-folder.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { removeTree } from '../../remote/files.js';
import { releaseDir } from '../../remote/layout.js';
import { removeImage } from './build.js';
import { isRunning, ownContainers } from './engine.js';
import { LABEL, type ServiceAt } from './names.js';

/** Old releases that nothing needs: not the one that runs, or that a rollback goes to. */
async function tooOld(ctx: OperationContext, at: ServiceAt): Promise<string[]> {
  const old = await oldReleases(ctx, at.host, at.service);
  if (old.length === 0) return [];
  const record = await readServiceRecord(ctx, at.host, at.service);
  const running = (await ownContainers(ctx, at)).filter(isRunning).map(({ labels }) => labels[LABEL.release]);
  const needed = new Set([record?.release, record?.previous, ...running]);
  return old.filter((release) => !needed.has(release));
}

/** Keeps the newest five releases, and in any case the one that runs and the one a rollback goes to. */
export const pruneStep = defineStep<OperationContext, ServiceAt>('docker.prune', {
  async check(io) {
    const old = await tooOld(io.ctx, io.input);
    return old.length === 0
      ? { state: 'done', detail: 'no old releases' }
      : { state: 'change', changes: old.map((release) => `release ${release}, its image and containers are removed`) };
  },
  async apply(io) {
    const { service, host } = io.input;
    const old = await tooOld(io.ctx, io.input);
    for (const release of old) {
      await removeImage(io, { service, host, release });
      await mutateOk(io, host, removeTree(releaseDir(service, release)), 'An old release could not be removed', {
        brief: true,
      });
    }
    return { detail: `${old.length} old release${old.length === 1 ? '' : 's'} removed` };
  },
});
