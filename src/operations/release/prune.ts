import { listDir, removeTree } from '../../remote/files.js';
import { releaseDir, releasesDir } from '../../remote/layout.js';
import { listManifests } from '../../remote/release.js';
import { defineStep } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { ask, mutateOk } from '../on-host.js';
import { currentRelease, readServiceRecord } from './process.js';

const KEEP = 5;

/** Releases on a host, oldest first; their ids sort by time. */
export async function releasesOn(ctx: OperationContext, host: string, service: string): Promise<string[]> {
  const names = await ask(ctx, host, listDir(releasesDir(service)), 'The releases could not be listed');
  return names.split('\n').filter((name) => name !== '' && !name.startsWith('.')).sort();
}

/** Those of them that have the manifest of a release: nothing else is ever removed. */
async function prunable(ctx: OperationContext, host: string, service: string): Promise<string[]> {
  const names = await ask(ctx, host, listManifests(service), 'The releases could not be listed');
  return names.split('\n').filter((name) => name !== '').sort();
}

async function tooOld(ctx: OperationContext, host: string, service: string): Promise<string[]> {
  const releases = await prunable(ctx, host, service);
  const record = await readServiceRecord(ctx, host, service);
  const needed = new Set([await currentRelease(ctx, host, service), record?.release, record?.previous]);
  return releases.slice(0, Math.max(0, releases.length - KEEP)).filter((release) => !needed.has(release));
}

/** Keeps the newest five releases, and in any case the one that runs and the one a rollback goes to. */
export const pruneStep = defineStep<OperationContext, { service: string; host: string }>({
  async check(io) {
    const old = await tooOld(io.ctx, io.input.host, io.input.service);
    return old.length === 0 ? { state: 'done', detail: 'no old releases' } : { state: 'change', changes: old.map((release) => `release ${release} is removed`) };
  },
  async apply(io) {
    const { service, host } = io.input;
    const old = await tooOld(io.ctx, host, service);
    for (const release of old) await mutateOk(io, host, removeTree(releaseDir(service, release)), 'An old release could not be removed', { brief: true });
    return { detail: `${old.length} old release${old.length === 1 ? '' : 's'} removed` };
  },
});
