import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asObject, parseJsonWithComments } from '../config/json.js';
import { parseTimeSpan } from '../config/timespan.js';
import type { Binding, RetryOptions } from '../core/contract.js';
import { findScript } from './script-file.js';

/** One function of the v3 model, as its function.json tells it (specification 1.8). */
export interface FunctionFolder {
  /** The directory's name. */
  name: string;
  /** absolute */
  directory: string;
  bindings: Record<string, Binding>;
  /** absolute; missing when the function is in error */
  script?: string;
  entryPoint?: string;
  retry?: RetryOptions;
  /** `"disabled": true`: it has no effect in the runtime of today, so it is only told. */
  saysDisabled: boolean;
  /** Why it cannot run, here as on Azure. */
  error?: string;
}

/** The immediate sub-folders of the app that hold a function.json, by name (specification 1.8). */
export function functionFolders(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && (entry.isDirectory() || entry.isSymbolicLink()))
    .map(({ name }) => name)
    .filter((name) => existsSync(join(root, name, 'function.json')))
    .sort();
}

/** Reads one function. What is wrong with it is its `error`; the other functions run. */
export function readFunctionFolder(root: string, name: string): FunctionFolder {
  const directory = join(root, name);
  const folder: FunctionFolder = { name, directory, bindings: {}, saysDisabled: false };
  try {
    const json = asObject(parseJsonWithComments(readFileSync(join(directory, 'function.json'), 'utf8')));
    if (!json) throw new Error('function.json is no JSON object');
    folder.saysDisabled = json.disabled === true;
    folder.bindings = readBindings(json.bindings);
    folder.retry = readRetry(json.retry);
    folder.entryPoint = typeof json.entryPoint === 'string' && json.entryPoint !== '' ? json.entryPoint : undefined;
    folder.script = findScript(directory, json.scriptFile);
  } catch (error) {
    folder.error =
      error instanceof SyntaxError ? `function.json is not valid JSON: ${error.message}` : (error as Error).message;
  }
  return folder;
}

function readBindings(value: unknown): Record<string, Binding> {
  if (!Array.isArray(value) || value.length === 0) throw new Error('function.json has no "bindings"');
  const bindings: Record<string, Binding> = {};
  for (const item of value) {
    const binding = asObject(item);
    if (typeof binding?.type !== 'string' || typeof binding.name !== 'string' || binding.name === '') {
      throw new Error('function.json: every binding needs a "type" and a "name"');
    }
    if (bindings[binding.name]) throw new Error(`function.json has two bindings with the name "${binding.name}"`);
    const direction = typeof binding.direction === 'string' ? binding.direction.toLowerCase() : 'in';
    bindings[binding.name] = { ...binding, type: binding.type, direction, name: binding.name };
  }
  const triggers = Object.values(bindings).filter(({ type }) => type.toLowerCase().endsWith('trigger'));
  if (triggers.length > 1) throw new Error('function.json has more than one trigger');
  return bindings;
}

/** `retry` with its TimeSpan texts as the seconds that the core's contract has (specification 1.3, 1.8). */
function readRetry(value: unknown): RetryOptions | undefined {
  const retry = asObject(value);
  if (!retry) return undefined;
  const seconds = (key: string): { seconds: number } | undefined => {
    if (retry[key] === undefined) return undefined;
    const ms = parseTimeSpan(String(retry[key]));
    if (ms === undefined) throw new Error(`retry.${key} "${String(retry[key])}" is no time span hh:mm:ss`);
    return { seconds: ms / 1000 };
  };
  return {
    retryStrategy: typeof retry.strategy === 'string' ? retry.strategy : undefined,
    maxRetryCount: Number(retry.maxRetryCount ?? 0),
    delayInterval: seconds('delayInterval'),
    minimumInterval: seconds('minimumInterval'),
    maximumInterval: seconds('maximumInterval'),
  };
}
