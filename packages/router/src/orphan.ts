import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './alive.js';
import type { HolderState } from './holder.js';
import { holderFile } from './layout.js';

const lookMs = 1_000;

/**
 * An engine whose holder was killed goes on for as long as nobody follows: PM2 may have died with the holder, and users must be served until
 * somebody sees it. The next holder ends it. Resolves when the router was removed, or another engine serves.
 */
export async function untilUnwanted(dir: string): Promise<void> {
  for (;;) {
    await delay(lookMs);
    const text = await readFile(holderFile(dir), 'utf8').catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : '',
    );
    if (text === undefined) return;
    if (text === '') continue;
    const { enginePid, engineStart } = JSON.parse(text) as HolderState;
    if (enginePid !== process.pid && isAlive(enginePid, engineStart)) return;
  }
}
