import { spawnSync } from 'node:child_process';

/** True when a program is not on PATH, which is told in one line; with FANOPS_NO_SKIP=1 that is an error instead. */
export function programMissing(name: string, where: string): boolean {
  if (spawnSync('which', [name], { stdio: 'ignore' }).status === 0) return false;
  const reason = `skipped: there is no ${name} (${where})`;
  if (process.env.FANOPS_NO_SKIP === '1') throw new Error(reason);
  console.log(reason);
  return true;
}
