import { parseEnv } from 'node:util';
import { Secret } from '../core/secret.js';
import { isReference } from '../fleet/reference.js';
import { releaseDir } from '../remote/layout.js';
import { RELEASE } from '../remote/release.js';
import type { OperationContext } from './context.js';

const SHORTEST_KEY = 8;

/** Where a release has its settings, and how they are written. */
export interface SettingsThere {
  /** Path in the folder of the release. */
  file?: string;
  parse?: (text: string) => NodeJS.Dict<string>;
  /** Paths of files that are secret as a whole, or in all of their texts where they are JSON: function keys. */
  keys?: readonly string[];
}

/**
 * Remembers the secrets that a release has on its host, settings and function keys, so that an app's log lines can be
 * shown without them. They are read there, not from their
 * references: a run that is resumed has not resolved those, and they may have changed since.
 */
export async function rememberSecrets(
  ctx: OperationContext,
  host: string,
  service: string,
  release: string,
  { file = RELEASE.on, parse = parseEnv, keys = [RELEASE.keys] }: SettingsThere = {},
): Promise<void> {
  const content = await (await ctx.hosts.transport(host)).getFile(`${releaseDir(service, release)}/${file}`);
  const settings = (await ctx.fleet()).config.services?.[service]?.settings ?? {};
  for (const [key, value] of Object.entries(parse(content?.toString('utf8') ?? ''))) {
    const written = settings[key];
    const plain = written !== undefined && !isReference(written) && written === value;
    if (value && !plain) ctx.secrets.scrubber.add(new Secret(value));
  }
  for (const path of keys) {
    const found = await (await ctx.hosts.transport(host)).getFile(`${releaseDir(service, release)}/${path}`);
    for (const key of textsIn(parsed(found?.toString('utf8') ?? ''))) ctx.secrets.scrubber.add(new Secret(key));
  }
}

/** Function keys come as JSON; what is none is one secret. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** All texts that are long enough for a key: shorter ones may be ordinary words. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= SHORTEST_KEY ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
