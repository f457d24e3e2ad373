import { readFileSync } from 'node:fs';

/**
 * Start time of a process with the boot that it belongs to, as Linux tells them; undefined elsewhere, and when there is
 * no such process.
 * Numbers of processes are given anew, after a reboot often the same ones.
 */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  } catch {
    return undefined; // no such process, or another system
  }
}

/** Whether a process with that number runs, and with that start time where one is known. */
export function isAlive(pid: number, start?: string): boolean {
  const now = start === undefined ? undefined : startOf(pid);
  if (now !== undefined && now !== start) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
