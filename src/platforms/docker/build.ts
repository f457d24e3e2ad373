import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { ReleaseAt } from '../../kit/release-folder.js';
import { releaseDir } from '../../remote/layout.js';
import { RELEASE } from '../../remote/release.js';
import { readContainerFile } from './container-file.js';
import { changeDocker, containers, hasImage, ownContainers, removeContainers } from './engine.js';
import { imageName, LABEL, labelArgs, ownLabels, proxyRepository } from './names.js';
import { PROXY_DIR } from './proxy-files.js';
import type { ProcessIo } from './spec.js';

const BUILD_MS = 1_800_000;

/** Name of the image of the proxy that a release came with. */
export const proxyImage = (service: string, tag: string): string => `${proxyRepository(service)}:${tag}`;

/** Builds the image of a release on its host, and that of the proxy where it is not there yet. */
export const buildStep = defineStep<OperationContext, ReleaseAt, { image: string }>('docker.build', {
  async check(io) {
    const { service, host, release } = io.input;
    const image = imageName(service, release);
    if (await hasImage(io.ctx, host, image)) return { state: 'done', detail: `image ${image} is there` };
    return { state: 'change', changes: [`image ${image} is built on ${host}`] };
  },
  async apply(io) {
    const { service, host, release } = io.input;
    const image = imageName(service, release);
    const made = await io.willMake(removeImageStep.inverse(`Remove image ${image} from ${host}`, io.input));
    await buildImages(io, io.input);
    await made();
    return { image };
  },
});

/** Builds what is missing of the images of a release that lies on the host. */
export async function buildImages(io: ProcessIo & { line?(text: string): void }, at: ReleaseAt): Promise<void> {
  const { service, host, release } = at;
  const { own, proxy } = await readContainerFile(io.ctx, at);
  const base = releaseDir(service, release);
  const app = `${base}/${RELEASE.app}`;
  const labels = { ...ownLabels(await io.ctx.fleet(), at), [LABEL.run]: io.runId };
  const build = async (image: string, context: string, more: Record<string, string>): Promise<void> => {
    if (await hasImage(io.ctx, host, image)) return;
    io.progress(`building ${image} on ${host}`);
    const args = ['build', '--tag', image, ...labelArgs({ ...labels, ...more }), context];
    await changeDocker(io, host, args, `${image} could not be built`, {
      timeoutMs: BUILD_MS,
      onLine: (line) => io.line?.(line),
    });
  };
  await build(proxyImage(service, proxy), `${base}/${PROXY_DIR}`, {});
  await build(imageName(service, release), own ? app : base, { [LABEL.release]: release });
}

/** Takes the image of a release away, with what is left of its containers. */
export const removeImageStep = defineStep<OperationContext, ReleaseAt>('docker.remove-image', {
  apply: (io) => removeImage(io, io.input),
  repeatable: true,
});

/** The same, for whoever knows that it does not run. */
export async function removeImage(io: ProcessIo, { service, host, release }: ReleaseAt): Promise<void> {
  const left = (await ownContainers(io.ctx, { service, host })).filter(
    (each) => each.labels[LABEL.release] === release,
  );
  await removeContainers(
    io,
    host,
    left.map(({ name }) => name),
  );
  const image = imageName(service, release);
  if (!(await hasImage(io.ctx, host, image))) return;
  // Of a release that another host of the same engine has.
  if ((await containers(io.ctx, host, ['--filter', `ancestor=${image}`])).length > 0) return;
  await changeDocker(io, host, ['image', 'rm', '--force', image], `${image} could not be removed`);
}
