import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostConfig } from '../config/host-json.js';
import type { Env } from '../config/settings.js';
import type { AppPackage } from '../core/package-json.js';
import type { RecordedFunction } from './record-child.js';
import type { SourceFile } from './sources.js';
import type { Place } from './types.js';

/** What is known of the app before anything is judged. */
export interface AppFacts {
  root: string;
  pkg: AppPackage;
  /** Undefined when host.json cannot be used. */
  host?: HostConfig;
  functions: RecordedFunction[];
  /** Names of folders with a function.json. */
  folders: string[];
  sources: SourceFile[];
  settings: GivenSetting[];
  env: Env;
}

/** A setting of local.settings.json, or one that the caller gave. */
export interface GivenSetting {
  name: string;
  value: string;
  where?: Place;
}

const largest = 20_000_000;

/** The lines of a text file of the app; undefined when it is not there or too large to be one that people write. */
export function readLines(root: string, path: string): SourceFile | undefined {
  const file = join(root, path);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size > largest) return undefined;
  return {
    path,
    lines: readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/),
  };
}

/** Where a pattern first stands in a file of the app; its first line when it stands nowhere. */
export function placeOf(root: string, path: string, pattern: RegExp | string): Place {
  const test = (line: string): boolean => (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line));
  const index = readLines(root, path)?.lines.findIndex(test) ?? -1;
  return { file: path, line: Math.max(0, index) + 1 };
}

/** Where a key stands in a JSON file: `"key":`. */
export function keyPlace(root: string, path: string, key: string): Place {
  const quoted = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return placeOf(root, path, new RegExp(`"${quoted}"\\s*:`, 'i'));
}

/** Settings of local.settings.json with their lines, then those that the caller gave, which win. */
export function givenSettings(root: string, local: Record<string, string>, env: Env): GivenSetting[] {
  const inFile = Object.entries(local).filter(([name]) => env[name] === undefined);
  return [
    ...inFile.map(([name, value]) => ({
      name,
      value,
      where: keyPlace(root, 'local.settings.json', name.replace('ConnectionStrings:', '')),
    })),
    ...Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
  ];
}
