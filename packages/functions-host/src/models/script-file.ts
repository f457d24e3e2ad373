import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';

const nodeExtensions = ['.js', '.mjs', '.cjs'];
const conventional = /^(run\..+|index\.(js|mjs|cjs))$/i;

/**
 * The script of a function.json function, absolute: `scriptFile`, relative to the function's folder; else the only
 * other file; else
 * `run.*` or
 * `index.js|mjs|cjs` (specification 1.8). Throws an Error that says what is missing.
 */
export function findScript(folder: string, scriptFile: unknown): string {
  const script = typeof scriptFile === 'string' && scriptFile !== '' ? named(folder, scriptFile) : only(folder);
  if (nodeExtensions.includes(extname(script).toLowerCase())) return script;
  throw new Error(`its script "${basename(script)}" is no JavaScript file`);
}

function named(folder: string, scriptFile: string): string {
  const path = resolve(folder, scriptFile.replaceAll('\\', '/'));
  if (!existsSync(path)) throw new Error(`"scriptFile": "${scriptFile}" does not exist. Was the app built?`);
  return path;
}

function only(folder: string): string {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const files = entries
    .map(({ name }) => name)
    .filter((name) => name.toLowerCase() !== 'function.json')
    .sort();
  if (files.length === 0) throw new Error('there is no script file beside function.json');
  const file = files.length === 1 ? files[0] : files.find((name) => conventional.test(name));
  if (!file) throw new Error('several files could be the script: name it "run" or "index.js", or set "scriptFile"');
  return join(folder, file);
}
