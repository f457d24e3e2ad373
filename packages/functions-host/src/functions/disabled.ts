import { getSetting, isTrue, type Env } from '../config/settings.js';

/** `AzureWebJobs.NAME.Disabled`, or on Linux `AzureWebJobs_NAME_Disabled` (specification 2.4). */
export function isDisabled(name: string, env: Env): boolean {
  return (
    isTrue(getSetting(env, `AzureWebJobs.${name}.Disabled`)) || isTrue(getSetting(env, `AzureWebJobs_${name}_Disabled`))
  );
}
