import { parseEnv } from 'node:util';
import { Secret } from '../../core/secret.js';
import { isReference } from '../../fleet/reference.js';
import { releaseDir } from '../../remote/layout.js';
import { RELEASE } from '../../remote/release.js';
import type { OperationContext } from '../context.js';

/**
 * Remembers the secrets that a release has on its host, so that an app's log lines can be shown without them. They are read there, not from their
 * references: a run that is resumed has not resolved those, and they may have changed since.
 */
export async function rememberSecrets(ctx: OperationContext, host: string, service: string, release: string): Promise<void> {
  const content = await (await ctx.transport(host)).getFile(`${releaseDir(service, release)}/${RELEASE.on}`);
  const settings = (await ctx.fleet()).config.services?.[service]?.settings ?? {};
  for (const [key, value] of Object.entries(parseEnv(content?.toString('utf8') ?? ''))) {
    const written = settings[key];
    const plain = written !== undefined && !isReference(written) && written === value;
    if (value && !plain) ctx.scrubber.add(new Secret(value));
  }
}
