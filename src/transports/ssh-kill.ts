import { commandLine } from './command-line.js';
import type { OpenLink } from './ssh-open-link.js';

/** How long ending a command may take, and how long one that was interrupted may take to end by itself. */
const KILLING_MS = 2000;
const GRACE_SECONDS = 2;

/** The mark of a command whose answer nobody reads. */
const NO_MARK = '0';

/**
 * The number is that of the leader of the session that sshd made for the command: all of its group is ended. Where a
 * wrapper leads it, the
 * children of the number are ended, and then it.
 */
const KILL = [
  'all() { kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" $(cat "/proc/$2/task/$2/children" ' +
    '2>/dev/null) "$2" 2>/dev/null; }',
  'if [ "$2" -gt 0 ]; then all INT "$1"; i=0; while [ $i -lt "$2" ] && kill -0 "$1" 2>/dev/null; ' +
    'do sleep 0.1; i=$((i + 1)); done; fi',
  'all KILL "$1"',
].join('; ');

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
    const argv = ['sh', '-c', KILL, 'kill', String(pid), String(gently ? GRACE_SECONDS * 10 : 0)];
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
