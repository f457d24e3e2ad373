import { FanopsError, messageOf } from '../core/errors.js';
import { isReference } from '../fleet/reference.js';
import type { OperationContext } from '../kit/context.js';

/** The settings of a service, with the secrets that they refer to. @throws UserError for one that has no value */
export async function settingsOf(ctx: OperationContext, service: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries((await ctx.fleet()).service(service).settings ?? {})) {
    const where = `services.${service}.settings.${key}`;
    values[key] = isReference(value) ? (await ctx.secrets.resolve(value, where)).reveal() : value;
  }
  return values;
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
      await ctx.secrets.resolve(value, `services.${service}.${key}`);
    } catch (error) {
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
      missing.push(`${key} has no value yet, and the run would fail here: ${messageOf(error)}`);
    }
  }
  return missing;
}
