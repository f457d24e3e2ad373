import { pointLink } from '../../remote/files.js';
import { RELEASE, type ReleaseArguments } from '../../remote/release.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { bringRelease, isReleaseThere, removeRelease, type ReleaseAt } from '../../kit/release-folder.js';
import { processArtifact, runtimeOf } from '../../kit/runtime.js';
import { readSource } from '../../kit/source.js';
import { requireOwnService } from './own.js';

export interface UploadInput extends ReleaseAt {
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
    const { service, release } = io.input;
    if (await isReleaseThere(io.ctx, io.input)) return { state: 'done', detail: `release ${release} is there` };
    const missing = io.phase === 'look' ? await (await runtimeOf(io.ctx, service)).unresolved(io.ctx, service) : [];
    return { state: 'change', changes: [`release ${release} of ${service} is uploaded`, ...missing] };
  },
  async apply(io) {
    const { service, host, release, sourceHash, background, instances } = io.input;
    await requireOwnService(io.ctx, host, service);
    const source = await readSource(io.ctx, service);
    const made = await io.willMake(
      removeReleaseStep.inverse(`Remove release ${release} of ${service} from ${host}`, { service, host, release }),
    );
    const { app, files, keys } = await processArtifact(io.ctx, service, { background });
    io.progress(`uploading ${(source.bytes / 1024).toFixed(0)} KiB of source`);
    await bringRelease(io, io.input, { app, files, sourceHash }, async (draft) => {
      await mutateOk(
        io,
        host,
        pointLink(RELEASE.quiet, `${draft}/${RELEASE.active}`),
        'The settings could not be linked',
        { brief: true },
      );
      if (instances === undefined) return;
      const start: ReleaseArguments = { instances, keys };
      const transport = await io.ctx.hosts.transport(host);
      await transport.putFile(`${JSON.stringify(start, null, 2)}\n`, `${draft}/${RELEASE.process}`, 0o644);
    });
    await made();
    return { release };
  },
});

/**
 * Takes a release away. @throws PreconditionError when it runs: another inverse stops it or puts another one in its
 * place first
 */
export const removeReleaseStep = defineStep<OperationContext, ReleaseAt>('release.remove', {
  apply: (io) => removeRelease(io, io.input),
  repeatable: true,
});
