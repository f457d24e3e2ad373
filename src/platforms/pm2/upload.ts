import { basename } from 'node:path';
import { PreconditionError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { makeDirs, pointLink, removeTree, renameInto } from '../../remote/files.js';
import { endAll } from '../../remote/guard.js';
import { guardDir, releaseDir, releasesDir } from '../../remote/layout.js';
import { RELEASE, type ReleaseArguments, type ReleaseManifest } from '../../remote/release.js';
import { defineStep } from '../../core/step.js';
import { packDirectory } from '../../transports/tar.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { requireOwnService } from '../../kit/own.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { processArtifact, runtimeOf } from '../../kit/runtime.js';
import { readSource } from '../../kit/source.js';

export interface UploadInput {
  service: string;
  host: string;
  release: string;
  sourceHash: string;
  /** Functions that no request starts. */
  background: string[];
  /** Workers that it is to have; plans of earlier versions lack it. */
  instances?: number;
}

/**
 * Brings app, runtime and settings to the host under a temporary name, and renames them into place when they are
 * complete.
 */
export const uploadStep = defineStep<OperationContext, UploadInput, { release: string }>('release.upload', {
  async check(io) {
    const { service, host, release } = io.input;
    const manifest = await (
      await io.ctx.transport(host)
    ).getFile(`${releaseDir(service, release)}/${RELEASE.manifest}`);
    if (manifest) return { state: 'done', detail: `release ${release} is there` };
    const missing = io.phase === 'look' ? await (await runtimeOf(io.ctx, service)).unresolved(io.ctx, service) : [];
    return { state: 'change', changes: [`release ${release} of ${service} is uploaded`, ...missing] };
  },
  async apply(io) {
    const { service, host, release, sourceHash, background, instances } = io.input;
    const transport = await io.ctx.transport(host);
    await requireOwnService(io.ctx, host, service);
    const source = await readSource(io.ctx, service);
    const target = releaseDir(service, release);
    const draft = `${releasesDir(service)}/.${release}.partial`;
    const made = await io.willMake(
      removeReleaseStep.inverse(`Remove release ${release} of ${service} from ${host}`, { service, host, release }),
    );
    await mutateOk(io, host, removeTree(draft), 'The last attempt could not be cleared away', { brief: true });
    await mutateOk(io, host, makeDirs(`${draft}/runtime`), 'The release folder could not be made', { brief: true });
    const { app, files, keys } = await processArtifact(io.ctx, service, { background });
    io.progress(`uploading ${(source.bytes / 1024).toFixed(0)} KiB of source`);
    await transport.putTar(
      packDirectory(app.dir, { ignore: (path) => !app.isPacked(basename(path)) }),
      `${draft}/${RELEASE.app}`,
      { signal: io.signal, timeoutMs: 600_000 },
    );
    io.progress('uploading the runtime');
    for (const { path, content, mode } of files)
      await transport.putFile(content instanceof Secret ? content.reveal() : content, `${draft}/${path}`, mode);
    await mutateOk(
      io,
      host,
      pointLink(RELEASE.quiet, `${draft}/${RELEASE.active}`),
      'The settings could not be linked',
      { brief: true },
    );
    const start: ReleaseArguments = { instances: instances ?? 1, keys };
    if (instances !== undefined)
      await transport.putFile(`${JSON.stringify(start, null, 2)}\n`, `${draft}/${RELEASE.process}`, 0o644);
    const manifest: ReleaseManifest = {
      service,
      release,
      run: io.runId,
      source: sourceHash,
      createdAt: new Date(io.ctx.clock.now()).toISOString(),
      fanops: io.ctx.version,
    };
    await transport.putFile(`${JSON.stringify(manifest, null, 2)}\n`, `${draft}/${RELEASE.manifest}`, 0o644);
    await mutateOk(io, host, renameInto(draft, target), 'The release could not be put into place', { brief: true });
    await made();
    return { release };
  },
});

/**
 * Takes a release away. @throws PreconditionError when it runs: another inverse stops it or puts another one in its
 * place first
 */
export const removeReleaseStep = defineStep<OperationContext, { service: string; host: string; release: string }>(
  'release.remove',
  {
    async apply(io) {
      const { service, host, release } = io.input;
      const record = await readServiceRecord(io.ctx, host, service);
      if (record?.release === release)
        throw new PreconditionError(`Release ${release} of ${service} runs on ${host}, by run ${record.run}.`, {
          where: host,
          nextSteps: [`fanops runs show ${record.run}`],
        });
      // What an interrupted step of the run left running there would write into the release while it is removed.
      await mutateOk(io, host, endAll(guardDir, `${io.runId}-`), 'What the run left running could not be ended', {
        brief: true,
      });
      await mutateOk(io, host, removeTree(releaseDir(service, release)), 'The release could not be removed', {
        brief: true,
      });
      await mutateOk(
        io,
        host,
        removeTree(`${releasesDir(service)}/.${release}.partial`),
        'The partial release could not be removed',
        { brief: true },
      );
    },
    repeatable: true,
  },
);
