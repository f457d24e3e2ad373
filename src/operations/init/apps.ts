import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readUserJson } from '../../core/read-json.js';

/** A folder that holds an Azure Functions app. */
export interface FoundApp {
  /** Relative to the fleet file: `./m1`. */
  source: string;
  /** A name for its service, made of the folder's. */
  name: string;
  /** The path that every route of it starts with. */
  route: string;
}

const DEPTH = 4;
const NOT_SEARCHED = new Set(['node_modules', 'dist', 'coverage', 'vendor']);

/** A text as a name of the fleet file: lower-case letters, digits and dashes. */
export function asName(text: string, fallback: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name || fallback;
}

/** The folders below with a host.json, nearest first. Folders that cannot be read are left out. */
export async function findApps(dir: string): Promise<FoundApp[]> {
  const apps: FoundApp[] = [];
  let level = ['.'];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth += 1) {
    const found = await Promise.all(level.sort().map((path) => look(dir, path)));
    apps.push(
      ...(await Promise.all(
        found
          .filter(({ isApp }) => isApp)
          .map(async ({ path }) => ({
            source: path === '.' ? '.' : `./${path}`,
            name: asName(basename(join(dir, path)), 'app'),
            route: await routeOf(join(dir, path)),
          })),
      )),
    );
    level = found.flatMap(({ isApp, folders }) => (isApp ? [] : folders));
  }
  return apps;
}

async function look(dir: string, path: string): Promise<{ path: string; isApp: boolean; folders: string[] }> {
  try {
    const entries = await readdir(join(dir, path), { withFileTypes: true });
    const folders = entries.filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NOT_SEARCHED.has(entry.name),
    );
    return {
      path,
      isApp: entries.some((entry) => entry.name === 'host.json'),
      folders: folders.map((entry) => (path === '.' ? entry.name : `${path}/${entry.name}`)),
    };
  } catch {
    // Not ours to read, or gone meanwhile: no app for us.
    return { path, isApp: false, folders: [] };
  }
}

/** By the app's host.json: `extensions.http.routePrefix`, by default `api`. */
async function routeOf(dir: string): Promise<string> {
  try {
    const content = await readUserJson<{ extensions: { http?: { routePrefix?: string } } }>(join(dir, 'host.json'));
    return `/${(content.extensions?.http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, '')}`;
  } catch {
    // Not plain JSON: the platform's own default.
    return '/api';
  }
}
