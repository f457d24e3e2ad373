import { readEnvFile, readLocalSettings, type Env } from './settings.js';

export interface AppEnv {
  /** What the app sees: process environment over local.settings.json, and `--env-file` over both. */
  env: Env;
  /** Values that must not show up in logs. */
  secrets: Record<string, string>;
}

/**
 * The app's settings. The process environment wins over local.settings.json as with the Functions tools (specification
 * 2.2). `--env-file` wins over the environment: it is what was deployed with this release, while a process manager
 * keeps the environment of an earlier start.
 */
export async function appEnv(root: string, base: Env, envFile?: string): Promise<AppEnv> {
  const local = await readLocalSettings(root);
  const file = envFile ? await readEnvFile(envFile) : {};
  const env: Env = { ...local, ...definedOnly(base), ...file };
  return { env, secrets: { ...local, ...file } };
}

function definedOnly(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
