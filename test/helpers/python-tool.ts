import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface PythonTool {
  name: string;
  version: string;
  /** What pip installs. */
  package: string;
}

/** Folder of a tool's virtual environment in the cache of the tests. */
export const pythonTool = ({ name, version }: PythonTool): string =>
  join(homedir(), '.cache', 'fanops-test', `${name}-${version}`);

/** Why a tool written in Python cannot be used here, undefined when it can; installs it into the cache. With FANOPS_NO_SKIP=1 the answer is an error. */
export function pythonToolMissing(tool: PythonTool): string | undefined {
  const why = existsSync(pythonTool(tool)) ? undefined : install(tool);
  if (!why) return undefined;
  const reason = `skipped: ${tool.name} ${tool.version} cannot be installed: ${why}`;
  if (process.env.FANOPS_NO_SKIP === '1') throw new Error(reason);
  console.log(reason);
  return reason;
}

/** Made beside its place and moved there whole, so that two test runs at once do not meet a half one. Only its `python3 -m …` is used, which a move does not break. */
function install(tool: PythonTool): string | undefined {
  if (spawnSync('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))']).status !== 0)
    return 'it needs Python 3.10 with venv (apt-get install python3-venv)';
  const home = pythonTool(tool);
  mkdirSync(join(home, '..'), { recursive: true });
  const draft = mkdtempSync(`${home}.`);
  try {
    execFileSync('python3', ['-m', 'venv', draft], { stdio: 'ignore' });
    execFileSync(join(draft, 'bin', 'python3'), ['-m', 'pip', 'install', '--quiet', tool.package], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (!existsSync(home)) renameSync(draft, home);
    return undefined;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
