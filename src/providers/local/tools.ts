import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { PreconditionError } from '../../core/errors.js';
import { hostEnvironment } from './environment.js';
import type { HostPaths } from './paths.js';

const PM2 = 'pm2@7';
const INSTALL_MS = 180_000;

/**
 * Fills the host's `bin` with node, npm, npx and pm2. Every tool runs with the node that fanops runs with, since that is the
 * first in the host's PATH. PM2 is installed into the host's folder when the machine has none.
 * @throws PreconditionError (code NO_PM2) when PM2 cannot be had.
 */
export async function linkTools(paths: HostPaths, signal?: AbortSignal): Promise<void> {
  mkdirSync(paths.bin, { recursive: true });
  place(paths, 'node', process.execPath);
  for (const tool of ['npm', 'npx']) {
    const script = findScript(tool);
    if (script) place(paths, tool, script);
  }
  place(paths, 'pm2', findScript('pm2') ?? (await installPm2(paths, signal)));
}

/** A tool as a script for node: beside the running node, among fanops' own dependencies, then on PATH. Wrappers in other languages are passed over. */
function findScript(tool: string): string | undefined {
  const beside = dirname(process.execPath);
  const modules = join(beside, '..', 'lib', 'node_modules');
  const candidates = [
    join(beside, tool),
    join(modules, 'npm', 'bin', `${tool}-cli.js`),
    ...ancestors(dirname(fileURLToPath(import.meta.url))).map((folder) => join(folder, 'node_modules', '.bin', tool)),
    ...(process.env.PATH ?? '').split(':').filter(Boolean).map((folder) => join(folder, tool)),
  ];
  for (const candidate of candidates) {
    const script = nodeScript(candidate);
    if (script) return script;
  }
  return undefined;
}

function nodeScript(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    accessSync(real, constants.X_OK);
    const file = openSync(real, 'r');
    const head = Buffer.alloc(64);
    readSync(file, head);
    closeSync(file);
    return /^#!\s*\S*(\/env\s+)?\S*node\b/.test(head.toString('latin1')) ? real : undefined;
  } catch {
    return undefined; // not there, or not for this user: the next candidate may be
  }
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function place(paths: HostPaths, tool: string, target: string): void {
  const link = join(paths.bin, tool);
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

async function installPm2(paths: HostPaths, signal?: AbortSignal): Promise<string> {
  const args = ['install', '--prefix', paths.tools, '--no-audit', '--no-fund', '--no-save', PM2];
  const result = await execa(join(paths.bin, 'npm'), args, {
    env: hostEnvironment(paths),
    extendEnv: false,
    cwd: paths.home,
    stdin: 'ignore',
    timeout: INSTALL_MS,
    cancelSignal: signal,
    reject: false,
    all: true,
  });
  const script = nodeScript(join(paths.tools, 'node_modules', '.bin', 'pm2'));
  if (!result.failed && script) return script;
  const reason = result.timedOut ? `npm did not finish within ${INSTALL_MS / 1000} s` : (result.all ?? result.shortMessage ?? '').split('\n').slice(-8).join('\n');
  throw new PreconditionError(`PM2 is not on this machine and cannot be installed into ${paths.tools}: ${reason}`, {
    code: 'NO_PM2',
    where: paths.dir,
    hint: 'Install it (npm install -g pm2@7), or give npm access to its registry, and run this again.',
  });
}
