import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalTransport } from '../../src/transports/local.js';
import { createSshTransport } from '../../src/transports/ssh.js';
import { describe, test } from 'vitest';
import { localFleet } from '../helpers/local-host.js';
import { sshdMissing, startSshd } from '../helpers/sshd.js';
import { sshContract } from './ssh.contract.js';
import { transportContract } from './transport.contract.js';

const withKnownHosts = (): { file: string; remove(): void } => {
  const dir = mkdtempSync(join(tmpdir(), 'known-'));
  return { file: join(dir, 'known_hosts'), remove: () => rmSync(dir, { recursive: true }) };
};

const startOpenSsh = async (settings?: string[]) => {
  const sshd = await startSshd(settings);
  return { endpoint: sshd.endpoint, stop: sshd.stop };
};
const startLocalHost = async () => {
  const fleet = await localFleet();
  const { endpoint } = await fleet.create('app-1').catch(async (error: unknown) => {
    await fleet.dispose();
    throw error;
  });
  return { endpoint, stop: fleet.dispose };
};

const missing = sshdMissing();
if (missing) describe('transport over OpenSSH', () => test.skip(missing, () => undefined));

for (const [name, start] of [
  ['OpenSSH', startOpenSsh],
  ['local host', startLocalHost],
] as const) {
  if (name === 'OpenSSH' && missing) continue;
  transportContract({
    name: `ssh (${name})`,
    start: async () => {
      const server = await start();
      const known = withKnownHosts();
      const transport = createSshTransport({ host: 'app-1', endpoint: server.endpoint, knownHostsFile: known.file });
      const stop = async () => {
        known.remove();
        await server.stop();
      };
      return { transport, stop };
    },
  });
  sshContract({ name, start });
}

transportContract({
  name: 'here',
  start: async () => ({ transport: createLocalTransport(), stop: async () => undefined }),
});
