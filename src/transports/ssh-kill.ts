import { runScript } from '../core/host-script.js';
import { commandLine } from './command-line.js';
import type { OpenLink } from './ssh-open-link.js';

/** How long ending a command may take, and how long one that was interrupted may take to end by itself. */
const KILLING_MS = 2000;
const GRACE_SECONDS = 2;

/** The mark of a command whose answer nobody reads. */
const NO_MARK = '0';

/**
 * Ends a command by its number.
 * @param gently whether it is interrupted first, and killed if it has not ended two seconds later.
 * @returns false when the server opens no channel for it.
 */
export function killOver(link: OpenLink, pid: number, gently = false): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), KILLING_MS + (gently ? GRACE_SECONDS * 1000 : 0));
    const done = (opened: boolean): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    const argv = runScript('kill', 'kill', String(pid), String(gently ? GRACE_SECONDS * 10 : 0));
    try {
      link.client.exec(commandLine({ argv }, false, NO_MARK), (error, channel) => {
        if (error) return done(false);
        channel.stderr.resume();
        channel.on('close', () => done(true)).resume();
      });
    } catch {
      done(true); // the link broke: nothing can be ended over it
    }
  });
}
