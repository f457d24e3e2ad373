import { messageOf, PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { releaseDir } from '../../remote/layout.js';
import type { ImageHealth } from '../../runtimes/contracts/runtime.js';
import type { ServiceAt } from './names.js';

/** Names inside the folder of a release that only this platform has. */
export const FILES = {
  container: 'container.json',
  dockerfile: 'Dockerfile',
  ignore: '.dockerignore',
  on: 'docker-on.env',
  quiet: 'docker-quiet.env',
  secrets: 'secrets',
} as const;

/** What the containers of a release are started with; kept in it, so that it starts later as it did. */
export interface ContainerFile {
  /** Port at which it listens inside. */
  port: number;
  health: ImageHealth;
  keys: boolean;
  /** Whether its Dockerfile is the app's own. */
  own: boolean;
  /** Absolute paths inside, in the order of the files in `secrets`. */
  secrets: string[];
  /** Tag of the image of the proxy that it came with. */
  proxy: string;
}

/** What of such a file can be read; nothing of a text that is none. */
export function containerFileIn(text: string): Partial<ContainerFile> {
  try {
    const found = JSON.parse(text) as unknown;
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}

/** @throws PreconditionError (code NO_RELEASE) when the release is gone */
export async function readContainerFile(
  ctx: OperationContext,
  { service, host, release }: ServiceAt & { release: string },
): Promise<ContainerFile> {
  const path = `${releaseDir(service, release)}/${FILES.container}`;
  const content = await (await ctx.hosts.transport(host)).getFile(path);
  if (!content) {
    throw new PreconditionError(`Release ${release} of ${service} is not on ${host} any more: it cannot be started.`, {
      code: 'NO_RELEASE',
      where: host,
      hint: 'The undo of the run that made it, or a later deployment, removed it.',
      nextSteps: [`fanops migrate status ${service}`],
    });
  }
  try {
    const file = JSON.parse(content.toString('utf8')) as Partial<ContainerFile>;
    const { port, health, proxy } = file;
    if (typeof port === 'number' && typeof health?.path === 'string' && typeof proxy === 'string')
      return { keys: false, own: false, secrets: [], ...file, port, health, proxy };
    throw new Error('a field is missing');
  } catch (error) {
    throw new PreconditionError(`${path} on ${host} is not what fanops writes there: ${messageOf(error)}.`, {
      where: host,
      cause: error,
      hint: 'A new release has it anew.',
      nextSteps: [`fanops deploy ${service}`],
    });
  }
}
