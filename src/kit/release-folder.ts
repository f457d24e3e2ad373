import { basename } from 'node:path';
import { PreconditionError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import type { StepIo } from '../core/step.js';
import { makeDirs, removeTree, renameInto } from '../remote/files.js';
import { endAll } from '../remote/guard.js';
import { guardDir, releaseDir, releasesDir } from '../remote/layout.js';
import { listManifests, RELEASE, type ReleaseManifest } from '../remote/release.js';
import type { ReleaseFile } from '../runtimes/contracts/runtime.js';
import { packDirectory } from '../transports/tar.js';
import type { OperationContext } from './context.js';
import { ask, mutateOk } from './on-host.js';
import { readServiceRecord } from './service-record.js';

type Io = Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal' | 'progress'>;

/** How many releases a host keeps in any case. */
const KEEP = 5;

const UPLOAD_MS = 600_000;

/** A release of a service on a host. */
export interface ReleaseAt {
  service: string;
  host: string;
  release: string;
}

/** What a release is made of, before it is on the host. */
export interface ReleaseContent {
  /** Folder of the app on this machine, and which of its entries are part of the release. */
  app: { dir: string; isPacked(name: string): boolean };
  files: readonly ReleaseFile[];
  /** SHA-256 of the source. */
  sourceHash: string;
}

/** Releases on a host that are whole, oldest first as the host tells. */
export async function keptReleases(ctx: OperationContext, host: string, service: string): Promise<string[]> {
  return linesOf(await ask(ctx, host, listManifests(service), 'The releases could not be listed'));
}

/** Releases beyond the newest five, of which some may still be needed. */
export const oldReleases = async (ctx: OperationContext, host: string, service: string): Promise<string[]> =>
  (await keptReleases(ctx, host, service)).slice(0, -KEEP);

/** The lines of what a command printed. */
export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Whether a release is whole on the host. */
export async function isReleaseThere(ctx: OperationContext, { service, host, release }: ReleaseAt): Promise<boolean> {
  const manifest = await (
    await ctx.hosts.transport(host)
  ).getFile(`${releaseDir(service, release)}/${RELEASE.manifest}`);
  return manifest !== undefined;
}

/**
 * Brings a release to the host under a temporary name, and renames it into place when it is complete.
 * @param more what lies in the folder beside, put there under the temporary name `draft`
 */
export async function bringRelease(
  io: Io,
  { service, host, release }: ReleaseAt,
  { app, files, sourceHash }: ReleaseContent,
  more: (draft: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const transport = await io.ctx.hosts.transport(host);
  const draft = draftOf(service, release);
  const brief = { brief: true };
  await mutateOk(io, host, removeTree(draft), 'The last attempt could not be cleared away', brief);
  await mutateOk(io, host, makeDirs(`${draft}/runtime`), 'The release folder could not be made', brief);
  await transport.putTar(
    packDirectory(app.dir, { ignore: (path) => !app.isPacked(basename(path)) }),
    `${draft}/${RELEASE.app}`,
    { signal: io.signal, timeoutMs: UPLOAD_MS },
  );
  io.progress('uploading the runtime');
  for (const { path, content, mode } of files)
    await transport.putFile(content instanceof Secret ? content.reveal() : content, `${draft}/${path}`, mode);
  await more(draft);
  const manifest: ReleaseManifest = {
    service,
    release,
    run: io.runId,
    source: sourceHash,
    createdAt: new Date(io.ctx.io.clock.now()).toISOString(),
    fanops: io.ctx.version,
  };
  await transport.putFile(`${JSON.stringify(manifest, null, 2)}\n`, `${draft}/${RELEASE.manifest}`, 0o644);
  const target = releaseDir(service, release);
  await mutateOk(io, host, renameInto(draft, target), 'The release could not be put into place', brief);
}

const draftOf = (service: string, release: string): string => `${releasesDir(service)}/.${release}.partial`;

/**
 * Takes a release away. @throws PreconditionError when it runs: another inverse stops it or puts another one in its
 * place first
 */
export async function removeRelease(io: Io, { service, host, release }: ReleaseAt): Promise<void> {
  const record = await readServiceRecord(io.ctx, host, service);
  if (record?.release === release)
    throw new PreconditionError(`Release ${release} of ${service} runs on ${host}, by run ${record.run}.`, {
      where: host,
      nextSteps: [`fanops runs show ${record.run}`],
    });
  const brief = { brief: true };
  // What an interrupted step of the run left running there would write into the release while it is removed.
  await mutateOk(io, host, endAll(guardDir, `${io.runId}-`), 'What the run left running could not be ended', brief);
  await mutateOk(io, host, removeTree(releaseDir(service, release)), 'The release could not be removed', brief);
  await mutateOk(io, host, removeTree(draftOf(service, release)), 'The partial release could not be removed', brief);
}
