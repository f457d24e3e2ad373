import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { readHostConfig } from '../config/host-json.js';
import { parseJsonWithComments, asObject } from '../config/json.js';
import type { AppPackage } from '../core/package-json.js';
import type { Finding } from './types.js';

/** Findings from files other than sources: host.json, package.json, proxies.json, .npmrc, extensions (specification 9). */
export async function appFindings(root: string, pkg: AppPackage): Promise<Finding[]> {
  const has = (name: string): boolean => existsSync(join(root, name));
  const at = (file: string): Finding['where'] => ({ file, line: 1 });
  const findings: Finding[] = [];
  try {
    const config = await readHostConfig(root, {});
    if (config.customHandler) findings.push({
      id: 'custom-handler', severity: 'blocks', where: at('host.json'),
      message: 'host.json declares a custom handler: the app is no Node.js worker app.',
    });
  } catch (error) {
    findings.push({ id: 'bad-host-json', severity: 'blocks', message: (error as Error).message, where: at('host.json') });
  }
  if (pkg.warning) findings.push({ id: 'bad-package-json', severity: 'blocks', message: pkg.warning, where: at('package.json') });
  if (pkg.dependencies.includes('durable-functions')) findings.push({
    id: 'durable-functions', severity: 'blocks', message: 'The app depends on durable-functions, which needs Azure\'s Durable extension.',
    where: at('package.json'), hint: 'Leave the orchestrations on Azure.',
  });
  if (has('extensions.csproj')) findings.push({
    id: 'own-extensions', severity: 'blocks', where: at('extensions.csproj'),
    message: 'extensions.csproj installs .NET binding extensions.',
  });
  if (await hasProxies(root)) findings.push({
    id: 'proxies', severity: 'blocks', message: 'proxies.json has entries, which no current host serves.', where: at('proxies.json'),
    hint: 'Turn them into rules of the router.',
  });
  if (has('.npmrc') && /registry\s*=/.test(await readFile(join(root, '.npmrc'), 'utf8'))) findings.push({
    id: 'private-registry', severity: 'degrades', message: '.npmrc names a registry of its own.', where: at('.npmrc'),
    hint: 'The build needs access to it.',
  });
  return findings;
}

async function hasProxies(root: string): Promise<boolean> {
  const file = join(root, 'proxies.json');
  if (!existsSync(file)) return false;
  try {
    const json = asObject(parseJsonWithComments(await readFile(file, 'utf8')));
    return Object.keys(asObject(json?.proxies) ?? {}).length > 0;
  } catch {
    return true; // unreadable, so it cannot be called empty
  }
}

/** Folders directly below the root that hold a function.json: the v3 model (specification 1.8). */
export async function v3Functions(root: string): Promise<string[]> {
  const files = await glob('*/function.json', { cwd: root, ignore: ['node_modules/**'] });
  return files.map((file) => file.slice(0, file.indexOf('/'))).sort();
}
