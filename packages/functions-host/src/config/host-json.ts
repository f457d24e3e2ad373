import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/errors.js';
import { singletonOptions, type SingletonOptions } from '../singletons/options.js';
import { corsRules, type CorsRules } from './cors-rules.js';
import { hostNotices } from './host-notices.js';
import { applyOverrides } from './host-overrides.js';
import { hstsOptions, type HstsOptions } from './hsts-options.js';
import { asObject, parseJsonWithComments } from './json.js';
import { logLevels } from './log-levels.js';
import { queueOptions, type QueueOptions } from './queue-options.js';
import { retryOptions, type RetryPolicy } from './retry-options.js';
import { member, section, type Section } from './section.js';
import type { Env } from './settings.js';
import { parseTimeSpan } from './timespan.js';

export type { QueueOptions } from './queue-options.js';

export interface HostConfig {
  routePrefix: string;
  customHeaders: Record<string, string>;
  maxConcurrentRequests?: number;
  maxOutstandingRequests?: number;
  /** Undefined = off. */
  hsts?: HstsOptions;
  /** Undefined = off. From settings, not from host.json. */
  cors?: CorsRules;
  /** ms; undefined = none */
  functionTimeout?: number;
  queues: QueueOptions;
  /** The `extensions.blobs` section, for the blob triggers. */
  blobs: Section;
  /** The default policy of functions that have none of their own. */
  retry?: RetryPolicy;
  /** How long the locks of timers and blob scans last. */
  singleton: SingletonOptions;
  logLevel: Record<string, string>;
  /** Lower-cased names that may run; undefined = all. */
  functions?: string[];
  customHandler: boolean;
  /** Top-level keys that are there, for the analysis. */
  keys: string[];
  /** What is set but has no effect on this host, each a sentence for a person. */
  notices: string[];
}

/**
 * Reads host.json with the overrides of `AzureFunctionsJobHost__a__b` settings (specification 2.1). Throws StartError.
 */
export async function readHostConfig(root: string, env: Env): Promise<HostConfig> {
  const json = await readHostJson(root);
  applyOverrides(json, env);
  const http = section(json, 'extensions', 'http');
  const functions = member(json, 'functions');
  return {
    routePrefix: routePrefix(member(http, 'routePrefix')),
    customHeaders: textMap(section(http, 'customHeaders')),
    maxConcurrentRequests: limit(http, 'maxConcurrentRequests'),
    maxOutstandingRequests: limit(http, 'maxOutstandingRequests'),
    cors: await corsRules(root, env),
    hsts: hstsOptions(section(http, 'hsts')),
    functionTimeout: timeout(member(json, 'functionTimeout')),
    queues: queueOptions(section(json, 'extensions', 'queues')),
    blobs: section(json, 'extensions', 'blobs'),
    retry: retryOptions(member(json, 'retry'), 'host.json: retry'),
    singleton: singletonOptions(section(json, 'singleton')),
    logLevel: logLevels(section(json, 'logging', 'logLevel')),
    functions: Array.isArray(functions) ? functions.map((name) => String(name).toLowerCase()) : undefined,
    customHandler: member(json, 'customHandler') !== undefined || member(json, 'httpWorker') !== undefined,
    keys: Object.keys(json),
    notices: hostNotices(json),
  };
}

async function readHostJson(root: string): Promise<Section> {
  let text: string;
  try {
    text = await readFile(join(root, 'host.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: '2.0' };
    throw new StartError(`host.json cannot be read: ${(error as Error).message}`);
  }
  let json: Section | undefined;
  try {
    json = asObject(parseJsonWithComments(text));
  } catch (error) {
    throw new StartError(`host.json is not valid JSON: ${(error as Error).message}`);
  }
  if (!json) throw new StartError('host.json must be a JSON object, such as { "version": "2.0" }.');
  const version = member(json, 'version');
  if (version === '2.0') return json;
  const seen = version === undefined ? 'it is missing' : `it is ${JSON.stringify(version)}`;
  throw new StartError(
    `host.json: "version" must be "2.0", but ${seen}. An app of runtime 1 has to be brought to the current one first.`,
  );
}

function routePrefix(value: unknown): string {
  if (value === undefined || value === null) return value === null ? '' : 'api';
  if (typeof value === 'object')
    throw new StartError('host.json: extensions.http.routePrefix must be a text, such as "api" or "".');
  return String(value).replace(/^\/+|\/+$/g, '');
}

function textMap(map: Section): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map)
      .filter(([, v]) => typeof v !== 'object')
      .map(([k, v]) => [k, String(v)]),
  );
}

/** -1 is the platform's word for no limit. */
function limit(http: Section, key: string): number | undefined {
  const value = member(http, key);
  if (value === undefined || value === null || String(value) === '-1') return undefined;
  if (Number.isInteger(Number(value)) && Number(value) > 0) return Number(value);
  throw new StartError(`host.json: extensions.http.${key} must be a whole number above 0, or -1 for no limit.`);
}

function timeout(value: unknown): number | undefined {
  if (value === undefined || value === null) return 30 * 60_000;
  if (String(value) === '-1') return undefined;
  const ms = parseTimeSpan(String(value));
  if (ms === undefined || ms < 1000) {
    throw new StartError(`host.json: functionTimeout "${String(value)}" must be hh:mm:ss of at least 1 s, or -1.`);
  }
  return ms;
}
