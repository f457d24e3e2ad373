import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/errors.js';
import { asObject, parseJsonWithComments } from './json.js';
import { parseTimeSpan } from './timespan.js';
import type { Env } from './settings.js';

export interface QueueOptions {
  batchSize: number;
  newBatchThreshold: number;
  /** ms */
  maxPollingInterval: number;
  maxDequeueCount: number;
  /** ms; applied when an attempt failed */
  visibilityTimeout: number;
  messageEncoding: 'base64' | 'none';
}

export interface HostConfig {
  routePrefix: string;
  customHeaders: Record<string, string>;
  maxConcurrentRequests?: number;
  maxOutstandingRequests?: number;
  /** ms; undefined = none */
  functionTimeout?: number;
  queues: QueueOptions;
  logLevel: Record<string, string>;
  /** Lower-cased names that may run; undefined = all. */
  functions?: string[];
  customHandler: boolean;
  /** Top-level keys that are there, for the analysis. */
  keys: string[];
}

/** Reads host.json with the overrides of `AzureFunctionsJobHost__a__b` settings (specification 2.1). Throws StartError. */
export async function readHostConfig(root: string, env: Env): Promise<HostConfig> {
  const json = await readHostJson(root);
  applyOverrides(json, env);
  const extensions = asObject(json.extensions) ?? {};
  const http = asObject(extensions.http) ?? {};
  const logging = asObject(json.logging) ?? {};
  return {
    routePrefix: typeof http.routePrefix === 'string' ? http.routePrefix.replace(/^\/+|\/+$/g, '') : 'api',
    customHeaders: textMap(asObject(http.customHeaders)),
    maxConcurrentRequests: positive(http.maxConcurrentRequests),
    maxOutstandingRequests: positive(http.maxOutstandingRequests),
    functionTimeout: timeout(json.functionTimeout),
    queues: queueOptions(asObject(extensions.queues) ?? {}),
    logLevel: textMap(asObject(logging.logLevel)),
    functions: Array.isArray(json.functions) ? json.functions.map((name) => String(name).toLowerCase()) : undefined,
    customHandler: 'customHandler' in json || 'httpWorker' in json,
    keys: Object.keys(json),
  };
}

async function readHostJson(root: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(join(root, 'host.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: '2.0' };
    throw new StartError(`host.json cannot be read: ${(error as Error).message}`);
  }
  let json: Record<string, unknown> | undefined;
  try {
    json = asObject(parseJsonWithComments(text));
  } catch (error) {
    throw new StartError(`host.json is not valid JSON: ${(error as Error).message}`);
  }
  if (json?.version !== '2.0') throw new StartError('host.json: "version" must be "2.0".');
  return json;
}

const overridePrefix = 'azurefunctionsjobhost__';

function applyOverrides(json: Record<string, unknown>, env: Env): void {
  for (const [name, value] of Object.entries(env)) {
    const normal = name.replaceAll(':', '__');
    if (value === undefined || !normal.toLowerCase().startsWith(overridePrefix)) continue;
    const path = normal.slice(overridePrefix.length).split('__');
    let node = json;
    for (const [index, segment] of path.entries()) {
      const key = Object.keys(node).find((candidate) => candidate.toLowerCase() === segment.toLowerCase()) ?? segment;
      if (index === path.length - 1) node[key] = value;
      else node = (node[key] = asObject(node[key]) ?? {}) as Record<string, unknown>;
    }
  }
}

function textMap(map: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([, v]) => typeof v !== 'object').map(([k, v]) => [k, String(v)]));
}

function positive(value: unknown): number | undefined {
  return Number(value) > 0 ? Number(value) : undefined;
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

function queueOptions(queues: Record<string, unknown>): QueueOptions {
  const batchSize = number(queues, 'batchSize', 16, 1, 32);
  return {
    batchSize,
    newBatchThreshold: number(queues, 'newBatchThreshold', Math.floor(batchSize / 2), 0, Number.MAX_SAFE_INTEGER),
    maxPollingInterval: span(queues, 'maxPollingInterval', 2000, 100),
    maxDequeueCount: number(queues, 'maxDequeueCount', 5, 1, Number.MAX_SAFE_INTEGER),
    visibilityTimeout: span(queues, 'visibilityTimeout', 0, 0),
    messageEncoding: String(queues.messageEncoding ?? 'base64').toLowerCase() === 'none' ? 'none' : 'base64',
  };
}

function number(map: Record<string, unknown>, key: string, fallback: number, min: number, max: number): number {
  if (map[key] === undefined) return fallback;
  const value = Number(map[key]);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new StartError(`host.json: extensions.queues.${key} must be a whole number from ${min}${max > 32 ? ' up' : ` to ${max}`}.`);
  }
  return value;
}

function span(map: Record<string, unknown>, key: string, fallback: number, min: number): number {
  if (map[key] === undefined) return fallback;
  const raw = map[key];
  const ms = parseTimeSpan(String(raw));
  if (ms === undefined || ms < min) throw new StartError(`host.json: extensions.queues.${key} must be a hh:mm:ss of at least ${min} ms.`);
  return ms;
}
