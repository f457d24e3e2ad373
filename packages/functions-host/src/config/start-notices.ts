import type { LogLevel } from '../core/contract.js';
import type { HostConfig } from './host-json.js';
import type { Keys } from './keys.js';
import { privateFileWarning } from './private-file.js';

/** The parts of the host's options that name files with secrets. */
export interface SecretFiles {
  envFile?: string;
  keys?: unknown;
}

export interface Notice {
  level: LogLevel;
  message: string;
}

/** What is worth saying before the app is loaded. Throws StartError where going on would be unsafe. */
export async function startNotices(files: SecretFiles, config: HostConfig): Promise<Notice[]> {
  const { envFile, keys } = files;
  const warnings = [
    envFile && (await privateFileWarning('--env-file', envFile)),
    typeof keys === 'string' && (await privateFileWarning('--keys', keys)),
  ];
  return [
    ...warnings.flatMap((message): Notice[] => (message ? [{ level: 'warning', message }] : [])),
    // every new app has such keys: no reason to warn
    ...config.notices.map((message): Notice => ({ level: 'information', message })),
  ];
}

/** Functions that have keys but do not exist: most likely a slip in the keys file. */
export function keysWithoutFunction(keys: Keys, functions: { name: string }[]): string[] {
  const names = new Set(functions.map(({ name }) => name.toLowerCase()));
  return [...keys.functions.keys()]
    .filter((name) => !names.has(name))
    .map((name) => `There are keys for a function "${name}", but no such function.`);
}
