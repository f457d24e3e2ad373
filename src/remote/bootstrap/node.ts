import { LINES } from './own-files.js';
import { scriptTask, type BootstrapTask } from './task.js';

/** Where Node comes from. */
export const NODE_SOURCES = ['distribution', 'nodesource', 'tarball', 'copy'] as const;
export type NodeSource = (typeof NODE_SOURCES)[number];

/** Major version of Node that is brought where the distribution's does not do: the long-term release. */
const NODE_MAJOR = 24;

/**
 * Fingerprint of the key that signs NodeSource's packages. Source:
 * https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key
 */
export const NODESOURCE_KEY = '6F71F525282841EEDAF851B42F59B5F99B1BE0B4';

/**
 * Node from one source, when the host has none of at least `major`.
 * Sources: https://github.com/nodesource/distributions, https://nodejs.org/dist (sums in SHASUMS256.txt).
 * @param copied folder with a Node of the control machine, for `copy`
 * @param signer fingerprint of the only key whose packages NodeSource may offer; another one is for tests with a
 * repository of their own
 */
export const node = (major: number, source: NodeSource, copied = '', signer = NODESOURCE_KEY): BootstrapTask =>
  scriptTask('node', [String(major), String(NODE_MAJOR), copied, signer, LINES.nodesource], 600_000, `node-${source}`);
