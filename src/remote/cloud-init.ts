import { stringify } from 'yaml';
import { runScript } from '../core/host-script.js';
import { bareKey, type KeyPair } from './host-key.js';

/** What a new machine is told at its first boot. */
export interface FirstBoot {
  /** Login that is made, with the right to become root. */
  user: string;
  /** Public keys that may log in as it. */
  authorizedKeys: readonly string[];
  /** The only host key that the machine has until the first login. */
  hostKey: KeyPair;
}

/**
 * The `#cloud-config` of a new machine. Key names: https://cloudinit.readthedocs.io/en/latest/reference/modules.html
 * (Users and Groups, SSH).
 * Hostname and network stay with the provider. Holds a private key.
 */
export function cloudConfig({ user, authorizedKeys, hostKey }: FirstBoot): string {
  const config = {
    users: [
      {
        name: user,
        gecos: 'fanops',
        shell: '/bin/bash',
        lock_passwd: true,
        sudo: ['ALL=(ALL) NOPASSWD:ALL'],
        ssh_authorized_keys: [...authorizedKeys],
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    // With keys given, cloud-init makes none itself; those that an image brought are deleted first.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public },
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

/** Keys of one operator each, without doubles. */
export function distinctKeys(keys: readonly string[]): string[] {
  return [...new Map(keys.map((key) => [bareKey(key), key.trim()])).values()];
}

/**
 * Prints how far cloud-init is with this boot: read by `parseBoot`. Its own `status` says "error" also for what does
 * not matter.
 */
export const readBoot = (): string[] => runScript('boot-state', 'fanops-boot');

/** `errors`: what modules of cloud-init told. */
export type Boot = { state: 'running' } | { state: 'done'; errors: string[] };

export function parseBoot(stdout: string): Boot {
  const [first, ...rest] = stdout.split('\n');
  if (first === 'running') return { state: 'running' };
  if (first === 'none') return { state: 'done', errors: [] };
  const result = JSON.parse(rest.join('\n')) as { v1?: { errors?: string[] } };
  return { state: 'done', errors: result.v1?.errors ?? [] };
}
