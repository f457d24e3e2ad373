import { FanopsError } from '../../../src/core/errors.js';
import type { ExitCode } from '../../../src/core/exit-codes.js';
import type { AddressProvider } from '../../../src/providers/contracts/addresses.js';
import type { Provider } from '../../../src/providers/contracts/provider.js';
import { MemoryCloud } from '../host-context.js';
import { rulesOf, type CloudFacts, type Facts } from './facts.js';

/** The providers of a case. One that has only local hosts has no firewalls, as the real one. */
export function cloudsOf({ fleet, clouds = {} }: Facts): Record<string, Provider> {
  const used = Object.values(fleet.hosts).flatMap(({ provider }) => provider ?? []);
  const names = new Set([...used, ...Object.keys(clouds)]);
  return Object.fromEntries([...names].map((name) => [name, cloudOf(name, fleet, clouds[name] ?? {})]));
}

function cloudOf(name: string, fleet: Facts['fleet'], facts: CloudFacts): Provider {
  const cloud = new MemoryCloud(name, fleet.fleet);
  for (const [host, machine] of Object.entries(facts.machines ?? machinesHere(name, fleet))) {
    const { private: privateAddress, public: address, ...rest } = machine;
    cloud.add(host, {
      ...rest,
      ...(privateAddress && { privateAddress }),
      ...(address && { endpoint: { address, port: 22, user: 'deploy' } }),
    });
  }
  for (const [host, { run = 'R0', rules }] of Object.entries(facts.firewalls ?? {}))
    cloud.firewalls.set(host, { id: `fw-${host}`, owner: { fleet: fleet.fleet, host, run }, rules: rulesOf(rules) });
  cloud.left = facts.left ?? [];
  cloud.silent = facts.silent ?? [];
  const { error } = facts;
  if (error) {
    const refuse = async (): Promise<never> => {
      throw new FanopsError(error.message, { ...error, exitCode: (error.exitCode ?? 4) as ExitCode });
    };
    const refuser = { list: refuse, find: refuse };
    return { name, instances: refuser, networks: refuser, shared: { idle: refuse } } as unknown as Provider;
  }
  if (name === 'local') return { name, instances: cloud.instances };
  return Object.assign(cloud, facts.addresses && { addresses: addressesOf(facts.addresses, fleet.fleet) });
}

/** Local hosts run unless the case says otherwise. */
const machinesHere = (name: string, fleet: Facts['fleet']): NonNullable<CloudFacts['machines']> =>
  name === 'local'
    ? Object.fromEntries(
        Object.entries(fleet.hosts).flatMap(([host, { provider }]) => (provider === 'local' ? [[host, {}]] : [])),
      )
    : {};

/** Addresses that can only be listed: planning takes and gives none. */
const addressesOf = (held: NonNullable<CloudFacts['addresses']>, fleet: string): AddressProvider =>
  ({
    list: async () => ({
      items: held.map(({ host, run, address }) => ({ id: `ip-${host}`, address, owner: { fleet, host, run } })),
      failed: [],
    }),
  }) as unknown as AddressProvider;
