import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diskFullError, saysDiskFull } from '../../core/disk-full.js';
import { lastLines } from '../../core/lines.js';
import { CancelledError, PreconditionError } from '../../core/errors.js';
import type { HostPaths } from './paths.js';
import { runProgram } from './program.js';

const PM2 = 'pm2@7';
const INSTALL_MS = 180_000;

/**
 * Fills the host's `bin` with node, npm, npx and pm2. Every tool runs with the node that fanops runs with, since that
 * is the
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

/**
 * A tool as a script for node: beside the running node, among fanops' own dependencies, then on PATH.
 * Wrappers in other languages are passed over: they would bring their own node.
 */
function findScript(tool: string): string | undefined {
  const beside = dirname(process.execPath);
  const modules = join(beside, '..', 'lib', 'node_modules');
  const candidates = [
    join(beside, tool),
    join(modules, 'npm', 'bin', `${tool}-cli.js`),
    ...ancestors(dirname(fileURLToPath(import.meta.url))).map((folder) => join(folder, 'node_modules', '.bin', tool)),
    ...(process.env.PATH ?? '')
      .split(':')
      .filter(Boolean)
      .map((folder) => join(folder, tool)),
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
  if (existsSync(link) && readlinkSync(link) === target) return;
  const draft = `${link}.new`;
  rmSync(draft, { force: true });
  symlinkSync(target, draft);
  renameSync(draft, link);
}

async function installPm2(paths: HostPaths, signal?: AbortSignal): Promise<string> {
  const installed = join(paths.tools, 'node_modules', '.bin', 'pm2');
  const present = nodeScript(installed);
  if (present) return present;
  const install = ['install', '--prefix', paths.tools, '--no-audit', '--no-fund', '--no-save', PM2];
  const result = await runProgram(paths, [join(paths.bin, 'npm'), ...install], {
    timeoutMs: INSTALL_MS,
    signal,
    // The caller's own settings say where packages come from.
    env: { npm_config_userconfig: join(homedir(), '.npmrc') },
  });
  const script = nodeScript(installed);
  if (result.ok && script) return script;
  if (signal?.aborted) throw new CancelledError('Cancelled while PM2 was installed.');
  if (saysDiskFull(result.output))
    throw diskFullError(paths.tools, new Error(result.output), { of: `host ${basename(paths.dir)}` });
  const reason = result.timedOut ? `npm did not finish within ${INSTALL_MS / 1000} s` : lastLines(result.output, 8);
  throw new PreconditionError(`PM2 is not on this machine and cannot be installed into ${paths.tools}: ${reason}`, {
    code: 'NO_PM2',
    where: paths.dir,
    hint: 'Install it (npm install -g pm2@7), or give npm access to its registry, and run this again.',
  });
}
