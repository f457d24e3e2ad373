import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A small disk of its own on a folder. */
export interface SmallDisk {
  /** Takes all space that is left. */
  fill(): void;
  /** Gives that space back. */
  free(): void;
  unmount(): void;
}

/** Mounts a disk of a size such as `256k`; undefined where that is not allowed: it takes root, or sudo with no password. */
export function smallDisk(dir: string, size = '256k', mode = '0777'): SmallDisk | undefined {
  for (const sudo of [[], ['sudo', '-n']]) {
    try {
      const options = `size=${size},mode=${mode}`;
      const [command = '', ...args] = [...sudo, 'mount', '-t', 'tmpfs', '-o', options, 'tmpfs', dir];
      execFileSync(command, args, { stdio: 'ignore' });
      const [end = '', ...rest] = [...sudo, 'umount', '--lazy', dir];
      const ballast = join(dir, 'ballast');
      return {
        fill: () => fill(ballast),
        free: () => rmSync(ballast, { force: true }),
        unmount: () => void execFileSync(end, rest),
      };
    } catch {
      // Not allowed in this way: the next one.
    }
  }
  return undefined;
}

function fill(file: string): void {
  const handle = openSync(file, 'a', 0o600);
  try {
    for (let size = 1 << 16; size >= 512;) {
      try {
        writeSync(handle, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size /= 2;
      }
    }
  } finally {
    closeSync(handle);
  }
}
