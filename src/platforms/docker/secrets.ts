import type { OperationContext } from '../../kit/context.js';
import type { ReleaseAt } from '../../kit/release-folder.js';
import { rememberSecrets } from '../../kit/release-secrets.js';
import { releaseDir } from '../../remote/layout.js';
import { containerFileIn, FILES } from './container-file.js';
import { parseDockerEnv } from './env-file.js';

/** Remembers the secrets of a release: settings, and what is put into its container as files (function keys). */
export async function rememberOf(ctx: OperationContext, { service, host, release }: ReleaseAt): Promise<void> {
  const content = await (await ctx.hosts.transport(host)).getFile(`${releaseDir(service, release)}/${FILES.container}`);
  const { secrets = [] } = containerFileIn(content?.toString('utf8') ?? '{}');
  const keys = secrets.map((_path, index) => `${FILES.secrets}/${index}`);
  await rememberSecrets(ctx, host, service, release, { file: FILES.on, parse: parseDockerEnv, keys });
}
