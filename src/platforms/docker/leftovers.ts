import { RemoteError } from '../../core/errors.js';
import { runScript } from '../../core/host-script.js';
import type { GoingHost, HostLeftovers } from '../contracts/leftovers.js';
import { LABEL } from './names.js';

const LOOK_MS = 60_000;
const REMOVE_MS = 300_000;

/** Runs the script for what has the labels of a host, whichever service it is of. */
async function run({ fleet, host, transport, signal }: GoingHost, what: 'list' | 'remove'): Promise<string[]> {
  const labels = [`${LABEL.fleet}=${fleet}`, `${LABEL.host}=${host}`];
  const argv = runScript('docker-leftovers', 'fanops-leftovers', what, ...labels);
  const { code, stdout, stderr } = await transport.run(
    { argv },
    { signal, timeoutMs: what === 'list' ? LOOK_MS : REMOVE_MS },
  );
  if (code === 0) return stdout.split('\n').filter(Boolean);
  throw new RemoteError(`What Docker has of host ${host} could not be ${what === 'list' ? 'listed' : 'removed'}.`, {
    host,
    stderr,
    hint: stderr.trim() || undefined,
  });
}

/** What the engine of a machine has of a host: containers, networks, volumes and images with the labels of fanops. */
export const leftovers: HostLeftovers = {
  list: (at) => run(at, 'list'),
  remove: async (at) => void (await run(at, 'remove')),
};
