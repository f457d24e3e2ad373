import { PreconditionError } from '../core/errors.js';
import type {
  ImageArtifact,
  ImageOptions,
  ProcessArtifact,
  ReleaseSource,
  Runtime,
} from '../runtimes/contracts/runtime.js';
import type { OperationContext } from './context.js';

/** The runtime that a service is written for. */
export const runtimeOf = async (ctx: OperationContext, service: string): Promise<Runtime<OperationContext>> =>
  ctx.runtimes.load((await ctx.fleet()).runtime(service).name);

/** A service as a process on a host. @throws PreconditionError (code NO_CAPABILITY) when its runtime offers none */
export async function processArtifact(
  ctx: OperationContext,
  service: string,
  source: Pick<ReleaseSource, 'background'>,
): Promise<ProcessArtifact> {
  const artifact = await (await runtimeOf(ctx, service)).process?.(ctx, service, source);
  if (artifact) return artifact;
  throw await notOffered(ctx, service, 'a process on a host');
}

/** A service as a container. @throws PreconditionError (code NO_CAPABILITY) when its runtime offers none */
export async function imageArtifact(
  ctx: OperationContext,
  service: string,
  source: Pick<ReleaseSource, 'background'>,
  options: ImageOptions,
): Promise<ImageArtifact> {
  const artifact = await (await runtimeOf(ctx, service)).image?.(ctx, service, source, options);
  if (artifact) return artifact;
  throw await notOffered(ctx, service, 'a container');
}

async function notOffered(ctx: OperationContext, service: string, form: string): Promise<PreconditionError> {
  const { name } = (await ctx.fleet()).runtime(service);
  return new PreconditionError(`${service} is of runtime ${name}, which does not run as ${form}.`, {
    code: 'NO_CAPABILITY',
    where: `services.${service}.runtime`,
  });
}
