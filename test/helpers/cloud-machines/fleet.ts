import { FileFleet } from '../file-fleet.js';
import type { Cloud } from './cloud.js';

/** A fleet with hosts in emulated clouds. */
export class CloudFleet extends FileFleet {
  constructor(fleet: string, clouds: readonly Cloud[], hosts: Record<string, object>) {
    const providers = Object.assign({}, ...clouds.map((cloud) => cloud.providers)) as object;
    super(
      'cloud',
      JSON.stringify({ fleet, providers, sshFrom: ['203.0.113.0/24'], hosts }),
      Object.assign({}, ...clouds.map(({ env }) => env)) as NodeJS.ProcessEnv,
    );
  }
}
