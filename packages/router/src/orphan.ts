import { setTimeout as delay } from 'node:timers/promises';
import { holderState } from 'fanops-protocol';
import { isAlive } from './alive.js';
import { readJson } from './json-file.js';
import { holderFile } from './layout.js';

const lookMs = 1_000;

/**
 * An engine whose holder was killed goes on for as long as nobody follows: PM2 may have died with the holder, and users
 * must be served until
 * somebody sees it. The next holder ends it. Resolves when the router was removed, or another engine serves.
 */
export async function untilUnwanted(dir: string): Promise<void> {
  for (;;) {
    await delay(lookMs);
    // A file that cannot be read names no other engine.
    const holder = await readJson(holderFile(dir), holderState).catch(() => 'unreadable' as const);
    if (holder === undefined) return;
    if (holder === 'unreadable') continue;
    const { enginePid, engineStart } = holder;
    if (enginePid !== process.pid && isAlive(enginePid, engineStart)) return;
  }
}
