import { hostScript } from '../core/host-script.js';
import type { FirstBoot } from './cloud-init.js';

/**
 * The same as `cloudConfig` for images without cloud-init, as a script that root runs at each boot: it does its work
 * once for each host key. All that
 * varies is in base64, so that a shell sees no character of it. Holds a private key.
 */
export function firstBootScript({ user, authorizedKeys, hostKey }: FirstBoot): string {
  const values = {
    USER: user,
    PUBLIC: hostKey.public,
    PRIVATE: hostKey.private,
    KEYS: authorizedKeys.map((key) => `${key}\n`).join(''),
  };
  return Object.entries(values).reduce(
    (script, [name, value]) => script.replace(`@${name}@`, Buffer.from(value).toString('base64')),
    `#!/bin/sh\n# By fanops: the login and the host key of the first boot.\n${hostScript('first-boot')}`,
  );
}
