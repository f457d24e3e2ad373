import { startAzure } from '../azure.js';
import { identity } from '../azure-stub/login.js';
import type { Seen } from '../fault-proxy/index.js';
import { bringToLife, type Cloud } from './cloud.js';

/** The stub of Azure, with machines that live. */
export async function azureCloud(): Promise<Cloud> {
  const { stub, proxy, config, certificate, stop } = await startAzure();
  const changes = ({ method, path }: Seen): string | undefined => {
    if (method === 'GET') return undefined;
    const [, type = 'resourceGroups', action = ''] = /\/providers\/[^/]+\/([^/?]+)\/[^/?]+(\/[^/?]+)?/.exec(path) ?? [];
    return `${method} ${type}${action}`;
  };
  // An operation goes a step on whenever it is looked at.
  const living = await bringToLife(
    'azure',
    proxy,
    () => true,
    () => stub.machines.booting(),
  );
  return {
    name: 'azure',
    providers: { azure: { ...config, location: 'eastus' } },
    env: { ...(await identity()), NODE_EXTRA_CA_CERTS: certificate },
    proxy,
    changes,
    snapshot: () => Promise.resolve(stub.left()),
    count: () => Promise.resolve({ now: stub.machines.booting().length, made: stub.machines.made.length }),
    stop: async () => {
      await living.stop();
      await stop();
    },
  };
}
