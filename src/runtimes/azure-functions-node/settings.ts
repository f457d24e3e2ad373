import type { Secret } from '../../core/secret.js';
import { FanopsError, UserError, messageOf } from '../../core/errors.js';
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

/**
 * What a service's settings refer to and what has no value now, for a dry run. Only variables and files of this machine
 * are looked at: a command is not run before its value is needed.
 */
export async function unresolvedSettings(ctx: OperationContext, service: string): Promise<string[]> {
  const { settings = {}, keys } = (await ctx.fleet()).service(service);
  const named: [string, string][] = [
    ...Object.entries(settings).map(([key, value]): [string, string] => [`settings.${key}`, value]),
    ...(keys === undefined ? [] : [['keys', keys] as [string, string]]),
  ];
  const missing: string[] = [];
  for (const [key, value] of named.filter(([, each]) => /^(env|file):/.test(each) && isReference(each))) {
    try {
      await ctx.secret(value, `services.${service}.${key}`);
    } catch (error) {
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
      missing.push(`${key} has no value yet, and the run would fail here: ${messageOf(error)}`);
    }
  }
  return missing;
}
