import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import type { CoreApi } from './core-api.js';
import { workerVersion } from './core-api.js';

const specifier = '@azure/functions-core';
/** Where the written package, and the module that stands in for it, find the core of this process. */
const coreKey = 'fanops.functions-core';

const members = [
  'version',
  'hostVersion',
  'Disposable',
  'registerFunction',
  'registerHook',
  'setProgrammingModel',
  'getProgrammingModel',
  'log',
];
const marker = 'Written by fanops-functions-host';

const manifest = JSON.stringify(
  {
    name: specifier,
    version: workerVersion,
    private: true,
    main: 'index.js',
    description: `${marker} for ES modules that import it. It reaches the host that runs the app.`,
  },
  null,
  2,
);

const missing = `${specifier} only works inside the functions host.`;
const commonJs = [
  `const core = globalThis[Symbol.for(${JSON.stringify(coreKey)})];`,
  `if (!core) throw new Error(${JSON.stringify(missing)});`,
  ...members.map((name) => `exports.${name} = core.${name};`),
].join('\n');
const esModule = [
  `const core = globalThis[Symbol.for(${JSON.stringify(coreKey)})];`,
  ...members.map((name) => `export const ${name} = core.${name};`),
  'export default core;',
].join('\n');

/** Makes the core reachable for the package on disk. Returns the way back. */
export function publishCore(api: CoreApi): () => void {
  const scope = globalThis as unknown as Record<symbol, CoreApi | undefined>;
  scope[Symbol.for(coreKey)] = api;
  return () => {
    if (scope[Symbol.for(coreKey)] === api) scope[Symbol.for(coreKey)] = undefined;
  };
}

/**
 * Writes the package `@azure/functions-core` into the app's node_modules: the patch of `require` does not reach an ES
 * module that imports
 * it
 * (specification 1.2). The scope is Microsoft's: it is only ever written beside an app, never published. A package that
 * is
 * there and not ours stays. Returns false when there is no node_modules or it cannot be written to.
 */
export function writeCorePackage(root: string): boolean {
  const modules = join(root, 'node_modules');
  const target = join(modules, specifier);
  try {
    if (!existsSync(modules)) return false;
    if (existsSync(target)) {
      if (!isOutdated(target)) return true;
      rmSync(target, { recursive: true });
    }
    putThere(modules, target);
    return true;
  } catch {
    return existsSync(target); // read-only, or another process was quicker
  }
}

function isOutdated(target: string): boolean {
  const text = readFileSync(join(target, 'package.json'), 'utf8');
  return text.includes(marker) && (text !== manifest || readFileSync(join(target, 'index.js'), 'utf8') !== commonJs);
}

/** By a rename, so that processes that start at once never see half of it. */
function putThere(modules: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const draft = mkdtempSync(join(modules, '.functions-core-'));
  try {
    writeFileSync(join(draft, 'package.json'), manifest);
    writeFileSync(join(draft, 'index.js'), commonJs);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

type Resolve = (specifier: string, context: object, next: (specifier: string, context: object) => unknown) => unknown;
type RegisterHooks = (hooks: { resolve: Resolve }) => { deregister(): void };

/**
 * Serves imports of the core from memory, for apps into which nothing can or may be written. Needs Node 22.15 or newer;
 * before, such an
 * import fails as it does without. Returns the way back.
 */
export function serveCoreImports(): () => void {
  const { registerHooks } = Module as unknown as { registerHooks?: RegisterHooks };
  if (!registerHooks) return () => undefined;
  const url = `data:text/javascript,${encodeURIComponent(esModule)}`;
  const hooks = registerHooks({
    resolve: (name, context, next) =>
      name === specifier ? { url, format: 'module', shortCircuit: true } : next(name, context),
  });
  return () => hooks.deregister();
}
