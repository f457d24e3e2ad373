import { messageOf, UserError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import { envFile } from '../../remote/env-file.js';
import type { OperationContext } from '../../kit/context.js';
import { settingsOf } from '../settings.js';

/** The settings of a function app, with the secrets that they refer to, and its function keys. */
export interface AppSettings {
  /** Background triggers on. */
  on: Record<string, string>;
  /** Background triggers off, by the setting that Azure itself knows (`AzureWebJobs.NAME.Disabled`). */
  quiet: Record<string, string>;
  keys?: Secret;
}

/** Resolves the references of a service's settings. `background`: names of the functions that no request starts. */
export async function appSettings(ctx: OperationContext, service: string, background: string[]): Promise<AppSettings> {
  const { keys } = (await ctx.fleet()).service(service);
  const on = await settingsOf(ctx, service);
  const off = Object.fromEntries(background.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
  return {
    on,
    quiet: { ...on, ...off },
    keys: keys ? await ctx.secrets.resolve(keys, `services.${service}.keys`) : undefined,
  };
}

/** Settings as a file that functions-host reads. @throws UserError for a value that cannot be written in it */
export function settingsFile(service: string, values: Readonly<Record<string, string>>): string {
  try {
    return envFile(values);
  } catch (error) {
    throw new UserError(messageOf(error), { where: `services.${service}.settings` });
  }
}
