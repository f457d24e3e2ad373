import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './cli.js';

const exec = promisify(execFile);

/** The sample app's dependencies, installed once from its lockfile into a cache; tests link to it. */
export async function sampleModules(): Promise<string> {
  const app = join(ROOT, 'examples/can2025/m1');
  const lock = createHash('sha256')
    .update(await readFile(join(app, 'package-lock.json')))
    .digest('hex')
    .slice(0, 12);
  const cache = join(ROOT, 'node_modules/.cache/fanops-tests');
  const dir = join(cache, `m1-${lock}`);
  const modules = join(dir, 'node_modules');
  if (
    await access(modules).then(
      () => true,
      () => false,
    )
  )
    return modules;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  for (const name of ['package.json', 'package-lock.json']) await cp(join(app, name), join(draft, name));
  await exec('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: draft });
  try {
    await rename(draft, dir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster: its folder is as good.
    if (
      !(await access(modules).then(
        () => true,
        () => false,
      ))
    )
      throw error;
  }
  return modules;
}
