import { Secret } from '../../core/secret.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { bringRelease, isReleaseThere, removeRelease, type ReleaseAt } from '../../kit/release-folder.js';
import { imageArtifact, runtimeOf } from '../../kit/runtime.js';
import { readSource } from '../../kit/source.js';
import type { ImageArtifact, ReleaseFile } from '../../runtimes/contracts/runtime.js';
import { FILES, type ContainerFile } from './container-file.js';
import { dockerEnv } from './env-file.js';
import { requireOwn } from './own.js';
import { dockerPlacement } from './placement.js';
import { proxyFiles } from './proxy-files.js';

interface UploadInput extends ReleaseAt {
  placement: string;
  sourceHash: string;
  /** Functions that no request starts. */
  background: string[];
}

/** Only what goes into the image is sent to the engine: settings and keys are not. */
const IGNORE = '*\n!app\n!runtime\n';

/** Brings what the image of a release is built from, and its settings, to the host. */
export const uploadStep = defineStep<OperationContext, UploadInput, { release: string }>('docker.upload', {
  async check(io) {
    const { service, release } = io.input;
    if (await isReleaseThere(io.ctx, io.input)) return { state: 'done', detail: `release ${release} is there` };
    const missing = io.phase === 'look' ? await (await runtimeOf(io.ctx, service)).unresolved(io.ctx, service) : [];
    return { state: 'change', changes: [`release ${release} of ${service} is uploaded`, ...missing] };
  },
  async apply(io) {
    const { service, host, release, placement, sourceHash, background } = io.input;
    const { base, proxyBase } = dockerPlacement(await io.ctx.fleet(), service, placement);
    await requireOwn(io.ctx, { service, host });
    const { bytes } = await readSource(io.ctx, service, '');
    const artifact = await imageArtifact(io.ctx, service, { background }, { ...(base !== undefined && { base }) });
    const proxy = await proxyFiles(io.ctx, proxyBase);
    const files = [...filesOf(service, artifact, proxy.hash), ...proxy.files];
    const made = await io.willMake(
      removeStep.inverse(`Remove release ${release} of ${service} from ${host}`, { service, host, release }),
    );
    io.progress(`uploading ${(bytes / 1024).toFixed(0)} KiB of source`);
    await bringRelease(io, io.input, { app: artifact.app, files, sourceHash });
    await made();
    return { release };
  },
});

function filesOf(service: string, artifact: ImageArtifact, proxy: string): ReleaseFile[] {
  const { dockerfile, env, secrets, port, health, keys } = artifact;
  const own = dockerfile === undefined;
  const where = `services.${service}.settings`;
  const container: ContainerFile = { port, health, keys, own, proxy, secrets: secrets.map(({ path }) => path) };
  return [
    ...artifact.files,
    ...(own ? [] : [{ path: FILES.dockerfile, content: dockerfile, mode: 0o644 }]),
    { path: FILES.ignore, content: IGNORE, mode: 0o644 },
    { path: FILES.on, content: new Secret(dockerEnv(env.on, where)), mode: 0o600 },
    { path: FILES.quiet, content: new Secret(dockerEnv(env.quiet, where)), mode: 0o600 },
    ...secrets.map((file, index) => ({ ...file, path: `${FILES.secrets}/${index}`, mode: 0o600 })),
    { path: FILES.container, content: `${JSON.stringify(container, null, 2)}\n`, mode: 0o644 },
  ];
}

/** Takes the folder of a release away. @throws PreconditionError when it runs */
export const removeStep = defineStep<OperationContext, ReleaseAt>('docker.remove', {
  apply: (io) => removeRelease(io, io.input),
  repeatable: true,
});
