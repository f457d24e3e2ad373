import { getSetting, resolveSettings, type Env } from './settings.js';

export const defaultConnection = 'AzureWebJobsStorage';

/**
 * The connection string that a binding's `connection` names: the literal setting, then `AzureWebJobs` + name, default
 * `AzureWebJobsStorage` (specification 2.3). Throws an Error that names the setting, never its value.
 */
export function storageConnection(connection: string | undefined, env: Env): string {
  const name = connection ? resolveSettings(connection, env, 'connection') : defaultConnection;
  const found =
    getSetting(env, name) ?? getSetting(env, `AzureWebJobs${name}`) ?? getSetting(env, `ConnectionStrings:${name}`);
  if (found) return found;
  const identity = [name, `AzureWebJobs${name}`].flatMap((prefix) => identitySetting(prefix, env))[0];
  if (identity) {
    const wayOut = `Set '${name}' to a connection string instead.`;
    throw new Error(`The storage connection '${name}' uses a managed identity ('${identity}'). ${wayOut}`);
  }
  throw new Error(`The storage connection '${name}' is not set. Set it to a storage connection string.`);
}

/** The settings of an identity-based connection, such as `NAME__queueServiceUri` or `NAME__accountName`. */
function identitySetting(prefix: string, env: Env): string[] {
  const start = `${prefix.toLowerCase()}__`;
  return Object.keys(env).filter((key) => key.replaceAll(':', '__').toLowerCase().startsWith(start));
}
