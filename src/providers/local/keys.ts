import { existsSync, readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { replaceFileSync } from '../../core/write-file.js';
import type { HostPaths } from './paths.js';

/** Makes the fleet's operator key when it is missing, and a host's own key and list of keys that may log in. */
export function makeKeys(paths: HostPaths, fleet: string, name: string): void {
  if (!existsSync(paths.operatorKey)) makeKey(paths.operatorKey, `fanops-${fleet}`);
  if (!existsSync(paths.hostKey)) makeKey(paths.hostKey, `fanops-${fleet}-${name}`);
  const allowed = readFileSync(`${paths.operatorKey}.pub`);
  // Not written when it is right: a host must come up on a full disk too.
  if (!existsSync(paths.authorizedKeys) || !readFileSync(paths.authorizedKeys).equals(allowed))
    replaceFileSync(paths.authorizedKeys, allowed, 0o600);
}

/** The key that a host shows, as `ssh-ed25519 AAAA...`. */
export function publicHostKey(paths: HostPaths): string {
  return readFileSync(`${paths.hostKey}.pub`, 'utf8').trim().split(/\s+/).slice(0, 2).join(' ');
}

/**
 * ssh2 1.17 writes one ed25519 pair in 256 too short, when its public key starts with a zero byte; nothing can read
 * those
 * (mscdex/ssh2#1513). They are thrown away.
 */
export function newKeyPair(comment: string): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if ([pair.private, pair.public].every((key) => !(ssh2.utils.parseKey(key) instanceof Error))) return pair;
  }
}

/** The private key is written last: where it exists, the public one does too. */
function makeKey(path: string, comment: string): void {
  const pair = newKeyPair(comment);
  replaceFileSync(`${path}.pub`, `${pair.public}\n`, 0o644);
  replaceFileSync(path, pair.private, 0o600);
}
