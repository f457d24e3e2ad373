import type { VirtualNetwork } from '@azure/arm-network';
import type { ResourceGroup } from '@azure/arm-resources';
import { waitFor, type Poll } from '../../core/wait.js';
import { ProviderError } from '../contracts/errors.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { isOwned, notOurs } from '../contracts/not-ours.js';
import { ownerOf, TAGS, tagsOf } from '../contracts/ownership.js';
import type { SharedProvider, SharedThing } from '../contracts/shared.js';
import type { AzureCalls } from './calls.js';
import { kindOf } from './errors.js';
import { groupName, networkName } from './names.js';
import { carryOut } from './operations.js';
import { AZURE } from './owned.js';

const SPACE = '10.80.0.0/16';
const SUBNET = { name: 'hosts', addressPrefix: '10.80.0.0/20' };
/** How long the list of a group may still show what was removed. */
const STALE_MS = 30_000;

/** What the hosts of a fleet stand on: a resource group, and a network with a subnet for each region. */
export class Ground implements SharedProvider {
  constructor(private readonly calls: AzureCalls) {}

  /**
   * Makes the resource group when it is not there. One that the fleet file names is used as it is and never removed.
   * @throws ProviderError when one of that name is there that neither the file names nor fanops made
   */
  async group(fleet: string, run: string, io?: ProviderIo): Promise<string> {
    const name = groupName(this.calls.config, fleet);
    const present = await this.#group(name, io);
    const named = this.calls.config.resourceGroup !== undefined;
    if (present && !named && !isOwned(present.tags, { fleet, host: '-' })) {
      throw notOurs(
        AZURE,
        'resource group',
        name,
        { fleet, host: '-' },
        'To use it all the same, name it as providers.azure.resourceGroup in the fleet file.',
      );
    }
    if (present && present.properties?.provisioningState !== 'Deleting') return name;
    const group = { location: this.calls.config.location, tags: tagsOf({ fleet, host: '-', run }) };
    await this.calls.call(
      `making the resource group ${name}`,
      ({ resources }, options) => resources.resourceGroups.createOrUpdate(name, group, options),
      io,
    );
    return name;
  }

  /** Identifier of the subnet of hosts in a region; made when it is not there. */
  async subnet(fleet: string, location: string, run: string, io?: ProviderIo): Promise<string> {
    const group = groupName(this.calls.config, fleet);
    const name = networkName(fleet, location);
    const get = () =>
      this.calls.look(
        `looking for the network ${name}`,
        ({ network }, options) => network.virtualNetworks.get(group, name, options),
        io,
      );
    // An existing network is never written: that would take away subnets that others put into it.
    const present = await get();
    if (present && !isOwned(present.tags, { fleet, host: '-' })) {
      throw notOurs(
        AZURE,
        'network',
        name,
        { fleet, host: '-' },
        `To let hosts of ${fleet} use it, give it the tags ${TAGS.fleet}=${fleet} and ` +
          `${TAGS.host}=-; else rename the fleet, or remove that network.`,
      );
    }
    if (!present) {
      const wanted = {
        location,
        tags: tagsOf({ fleet, host: '-', run }),
        addressSpace: { addressPrefixes: [SPACE] },
        subnets: [SUBNET],
      };
      await carryOut(
        this.calls,
        {
          service: 'network',
          doing: `making the network ${name}`,
          settling: true,
          start: ({ network }, options) => network.virtualNetworks.createOrUpdate(group, name, wanted, options),
        },
        io,
      );
    }
    const subnet = (present ?? (await get()))?.subnets?.find((each) => each.name === SUBNET.name)?.id;
    if (subnet) return subnet;
    throw new ProviderError(`Azure: the network ${name} has no subnet named ${SUBNET.name}.`, {
      provider: 'azure',
      code: 'CONFLICT',
      hint: 'Give it one, or remove that network.',
    });
  }

  async idle(fleet: string): Promise<Listing<SharedThing>> {
    const group = groupName(this.calls.config, fleet);
    if (await this.#used(group, fleet)) return { items: [], failed: [] };
    const [present, networks] = await Promise.all([this.#group(group), this.#networks(group)]);
    const things = [
      { what: `resource group ${group}`, tags: present?.tags },
      ...networks.map(({ name = '', tags }) => ({ what: `network ${name}`, tags })),
    ];
    const items = things.flatMap(({ what, tags }) => {
      const owner = ownerOf(tags ?? {});
      return owner?.fleet === fleet ? [{ name: what, owner }] : [];
    });
    return { items, failed: [] };
  }

  /** Removes networks and group when nothing of the fleet uses them any more. */
  async clear(fleet: string, io?: ProviderIo): Promise<void> {
    const group = groupName(this.calls.config, fleet);
    if (await this.#used(group, fleet)) return;
    for (const { name = '', tags } of await this.#networks(group, io)) {
      if (tags?.[TAGS.fleet] !== fleet) continue;
      await this.#remove(
        `removing the network ${name}`,
        {
          service: 'network',
          settling: true,
          start: ({ network }, options) => network.virtualNetworks.delete(group, name, options),
        },
        io,
      );
    }
    await this.#clearGroup(group, fleet, io);
  }

  #group(name: string, io?: ProviderIo): Promise<ResourceGroup | undefined> {
    return this.calls.look(
      `looking for the resource group ${name}`,
      ({ resources }, options) => resources.resourceGroups.get(name, options),
      io,
    );
  }

  #networks(group: string, io?: ProviderIo): Promise<VirtualNetwork[]> {
    return this.calls.all(`listing networks in ${group}`, ({ network }) => network.virtualNetworks.list(group), io);
  }

  /** Whether something of a host is there, by lists that do not lag behind. */
  async #used(group: string, fleet: string): Promise<boolean> {
    const lists = await Promise.all([
      this.calls.all('listing machines', ({ compute }) => compute.virtualMachines.list(group)),
      this.calls.all('listing network interfaces', ({ network }) => network.networkInterfaces.list(group)),
      this.calls.all('listing public addresses', ({ network }) => network.publicIPAddresses.list(group)),
      this.calls.all('listing security groups', ({ network }) => network.networkSecurityGroups.list(group)),
    ]);
    return lists.flat().some(({ tags }) => tags?.[TAGS.fleet] === fleet);
  }

  /** Removing a group removes all in it, so it must be empty, and ours. */
  async #clearGroup(group: string, fleet: string, io: ProviderIo = {}): Promise<void> {
    const present = await this.#group(group, io);
    if (present?.tags?.[TAGS.fleet] !== fleet) return;
    const start = this.calls.clock.now();
    const empty = await waitFor(
      async (): Promise<Poll<boolean>> => {
        const left = await this.calls.all(
          `listing ${group}`,
          ({ resources }) => resources.resources.listByResourceGroup(group),
          io,
        );
        if (left.length === 0) return { done: true, value: true };
        const kept = left.some(({ tags }) => tags?.[TAGS.fleet] !== fleet) || this.calls.clock.now() - start > STALE_MS;
        return kept ? { done: true, value: false } : { done: false, seen: `${left[0]?.name} is still listed` };
      },
      {
        clock: this.calls.clock,
        what: `${group} to be empty`,
        timeoutMs: 2 * STALE_MS,
        intervalMs: 500,
        signal: io.signal,
        onWait: io.progress,
      },
    );
    if (!empty || (await this.#used(group, fleet))) return;
    await this.#remove(
      `removing the resource group ${group}`,
      { service: 'resources', start: ({ resources }, options) => resources.resourceGroups.delete(group, options) },
      io,
    );
  }

  /** Somebody who removes another host at the same moment may be faster, or have made a new one: both are fine. */
  async #remove(doing: string, change: Omit<Parameters<typeof carryOut>[1], 'doing'>, io?: ProviderIo): Promise<void> {
    try {
      await carryOut(this.calls, { ...change, doing }, io);
    } catch (error) {
      if (!['NOT_FOUND', 'CONFLICT'].includes(kindOf(error))) throw error;
    }
  }
}
