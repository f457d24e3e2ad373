import { bareKey } from '../host-key.js';
import { LINES, ownFiles } from './own-files.js';
import { scriptTask, type BootstrapTask } from './task.js';

/**
 * The system: the other tasks are written for Debian and Ubuntu, and leave alone what is not of fanops. Looked at
 * before anything is changed.
 * @param files what fanops may write outside of its own folders, and the line by which each is known
 */
export const system = (
  user: string,
  files: readonly (readonly [path: string, line: string])[] = ownFiles(user),
): BootstrapTask => scriptTask('system', files.flat());

/**
 * The login of deployments: with its keys, without a password, with the right to become root. A key that the fleet file
 * listed and lists no more is
 * taken away; those that others put there stay, and so do those of other operators.
 * @param keys all that may log in
 * @param listed those of them that the fleet file lists
 * @param made whether fanops made the machine. On another one a key that was there before it was listed stays when it
 * is listed no more: it may be the
 *   one by which the operator logs in
 */
export const login = (user: string, keys: readonly string[], listed: readonly string[], made: boolean): BootstrapTask =>
  scriptTask('login', [
    user,
    made ? 'all' : 'added',
    LINES.sudoers,
    ...listed.map(bareKey),
    '--',
    ...keys.map(bareKey),
  ]);

/** The right time. A container has that of its machine. */
export const timeSync = (): BootstrapTask => scriptTask('time-sync');

const PERIODIC = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";';

/** Security updates by themselves, without restarts of the machine. */
export const updates = (): BootstrapTask => scriptTask('updates', [PERIODIC, LINES.upgrades]);

/** Swap where memory is small and there is none: an npm install may need more than 1 GiB. */
export const swap = (): BootstrapTask => scriptTask('swap');
