import type { z } from 'zod';
import { UserError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { Instance } from '../../providers/contracts/instances.js';
import type { Firewall } from '../../providers/contracts/networks.js';
import type { Provider } from '../../providers/contracts/provider.js';
import type { OperationContext } from '../../kit/context.js';
import type { CostOf } from './cost.js';
import { unanswered, withoutEchoes } from '../unanswered.js';
import type { hostRow, options, result } from './list.schema.js';

export type HostRow = z.output<typeof hostRow>;

export type HostList = z.output<typeof result>;

export type ListOptions = z.output<typeof options>;

/** The hosts of the fleet file beside what their providers have. Providers are asked at once. */
export async function hostList(
  ctx: OperationContext,
  { provider: only, full = false }: ListOptions = {},
): Promise<HostList> {
  const fleet = await ctx.fleet();
  const named = namesOfProviders(fleet, full);
  if (only !== undefined && !named.includes(only)) {
    throw new UserError(`The fleet file has no host at "${only}".`, {
      hint: named.length > 0 ? `Its providers: ${named.join(', ')}.` : undefined,
    });
  }
  const asked = named.filter((name) => only === undefined || name === only);
  const parts = await Promise.all(asked.map((name) => providerPart(ctx, fleet, name, full)));
  const existing =
    only === undefined
      ? fleet
          .hostNames()
          .filter((each) => !fleet.host(each).provider)
          .map((name): HostRow => {
            const { address, port, roles } = fleet.host(name);
            return { name, provider: 'existing', roles, state: 'not managed', address, port: port ?? 22, inFile: true };
          })
      : [];
  return {
    hosts: [...parts.flatMap((part) => part.hosts), ...existing],
    asked,
    failed: withoutEchoes(parts.flatMap((part) => part.failed)),
  };
}

/** Providers of hosts; in full also those that are configured and may have what the file no longer names. */
const namesOfProviders = (fleet: Fleet, full: boolean): string[] => [
  ...new Set([
    ...fleet
      .hostNames()
      .map((name) => fleet.host(name).provider)
      .filter((name) => name !== undefined),
    ...(full ? Object.keys(fleet.config.providers ?? {}) : []),
  ]),
];

async function providerPart(
  ctx: OperationContext,
  fleet: Fleet,
  name: string,
  full: boolean,
): Promise<Pick<HostList, 'hosts' | 'failed'>> {
  const named = fleet.hostNames().filter((host) => fleet.host(host).provider === name);
  const failed: HostList['failed'] = [];
  const told =
    (what: string) =>
    (error: unknown): undefined => {
      failed.push(unanswered(what, error));
      return undefined;
    };
  let provider: Provider;
  try {
    provider = await ctx.providers.get(name);
  } catch (error) {
    told(name)(error);
    return { hosts: named.map((host) => unknownRow(fleet, name, host)), failed };
  }
  const [machines, firewalls, scope] = await Promise.all([
    provider.instances?.list(fleet.name).catch(told(name)),
    full ? provider.networks?.list(fleet.name).catch(told(`${name} firewalls`)) : undefined,
    full ? provider.scope?.().catch(told(`${name} account`)) : undefined,
  ]);
  failed.push(
    ...[...(machines?.failed ?? []), ...(firewalls?.failed ?? [])].map(({ where, message }) => ({
      provider: `${name} ${where}`,
      message,
    })),
  );
  if (!machines) return { hosts: named.map((host) => ({ ...unknownRow(fleet, name, host), scope })), failed };
  const cost =
    full && provider.pricing
      ? await (
          await import('./cost.js')
        ).costOf(provider.pricing, machines.items, ctx.io.clock.now(), told(`${name} prices`))
      : undefined;
  const byHost = Map.groupBy(machines.items, (instance) => instance.name);
  const fence = new Map(firewalls?.items.map((each) => [each.owner.host, each]));
  const partial = machines.failed.length > 0;
  const rows = [...new Set([...named, ...byHost.keys()])].map(async (host): Promise<HostRow[]> => {
    const found = byHost.get(host);
    const inFile = named.includes(host);
    const base = { name: host, provider: name, scope, roles: inFile ? fleet.host(host).roles : [], inFile };
    // Where a region did not answer, a machine that was not seen may be there.
    if (!found) return [{ ...base, state: partial ? 'unknown' : 'missing' }];
    return Promise.all(
      found.map(async (instance) => ({
        ...base,
        ...factsOf(instance, cost),
        ...(full && inFile
          ? await drifted(ctx, fleet, instance, provider, firewalls && fence).catch(told(`${host} drift`))
          : {}),
      })),
    );
  });
  return { hosts: (await Promise.all(rows)).flat(), failed };
}

const unknownRow = (fleet: Fleet, provider: string, name: string): HostRow => ({
  name,
  provider,
  roles: fleet.host(name).roles,
  state: 'unknown',
  inFile: true,
});

/** @param cost absent where prices are not asked for */
function factsOf(instance: Instance, cost: CostOf | undefined): Partial<HostRow> & Pick<HostRow, 'state'> {
  const costs = instance.state === 'running' ? cost?.(instance) : undefined;
  return {
    state: instance.state,
    address: instance.endpoint?.address,
    port: instance.endpoint?.port,
    createdAt: instance.createdAt,
    size: instance.size,
    zone: instance.zone,
    ...costs,
    ...(costs === null ? { noPrice: true } : {}),
  };
}

async function drifted(
  ctx: OperationContext,
  fleet: Fleet,
  instance: Instance,
  provider: Provider,
  firewalls: ReadonlyMap<string, Firewall> | undefined,
): Promise<{ drift: string[] }> {
  // What has no firewall, as a local host, needs none of it.
  const [{ driftOf }, { wantedRules }] = await Promise.all([import('./drift.js'), import('./rules.js')]);
  const wanted =
    provider.networks && firewalls
      ? await wantedRules(ctx, instance.name, { keepAuto: true, present: firewalls.get(instance.name)?.rules })
      : undefined;
  // What a host without an address needs cannot be compared.
  const comparable = wanted && wanted.unknown.length === 0 ? wanted.rules : undefined;
  return { drift: driftOf(fleet.host(instance.name), instance, firewalls?.get(instance.name), comparable) };
}
