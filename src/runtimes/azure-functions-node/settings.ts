import type { Secret } from '../../core/secret.js';
import { UserError, messageOf } from '../../core/errors.js';
import { isReference } from '../../fleet/reference.js';
import { envFile } from '../../remote/env-file.js';
import type { OperationContext } from '../../kit/context.js';

/**
 * The settings of a service as the two files that land on its host. They hold secrets: only the service's login may
 * read them.
 */
export interface SettingsFiles {
  /** Background triggers on. */
  on: string;
  /** Background triggers off, by the setting that Azure itself knows (`AzureWebJobs.NAME.Disabled`). */
  quiet: string;
  keys?: Secret;
}

/** Resolves the references of a service's settings. `background`: names of the functions that no request starts. */
export async function settingsFiles(
  ctx: OperationContext,
  service: string,
  background: string[],
): Promise<SettingsFiles> {
  const config = (await ctx.fleet()).service(service);
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(config.settings ?? {})) {
    const where = `services.${service}.settings.${key}`;
    values[key] = isReference(value) ? (await ctx.secret(value, where)).reveal() : value;
  }
  const off = Object.fromEntries(background.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
  try {
    return {
      on: envFile(values),
      quiet: envFile({ ...values, ...off }),
      keys: config.keys ? await ctx.secret(config.keys, `services.${service}.keys`) : undefined,
    };
  } catch (error) {
    throw error instanceof UserError
      ? error
      : new UserError(messageOf(error), { where: `services.${service}.settings` });
  }
}
