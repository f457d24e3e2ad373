import type { NetworkSecurityGroup, SecurityRule } from '@azure/arm-network';
import { waitFor, type Poll } from '../../core/wait.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import type { Firewall, FirewallSpec, NetworkProvider } from '../contracts/networks.js';
import { ownerOf, tagsOf } from '../contracts/ownership.js';
import type { AzureCalls } from './calls.js';
import { kindOf } from './errors.js';
import type { Ground } from './ground.js';
import type { Locations } from './locations.js';
import { groupName, namesOf, resourceId } from './names.js';
import { carryOut } from './operations.js';
import { owned } from './owned.js';
import { firewallRules, securityRules, sorted } from './rules.js';

const FREE_MS = 5 * 60_000;

/** Network security groups: one for each host. */
export class AzureNetworks implements NetworkProvider {
  constructor(
    private readonly calls: AzureCalls,
    private readonly ground: Ground,
    private readonly locations: Locations,
  ) {}

  async list(fleet: string): Promise<Listing<Firewall>> {
    const group = groupName(this.calls.config, fleet);
    const found = await this.calls.all(`listing security groups in ${group}`, ({ network }) =>
      network.networkSecurityGroups.list(group),
    );
    return {
      items: found
        .filter(({ tags }) => ownerOf(tags ?? {})?.fleet === fleet)
        .map((each) => this.#firewall(fleet, each)),
      failed: [],
    };
  }

  async find(fleet: string, host: string): Promise<Firewall | undefined> {
    const found = await this.#get(fleet, host);
    return found && this.#firewall(fleet, found);
  }

  /** One write replaces all rules, so that nobody who may come in is shut out in between. */
  async ensure(spec: FirewallSpec, io: ProviderIo = {}): Promise<Firewall> {
    const { fleet, host, run } = spec;
    const present = await this.#get(fleet, host);
    const wanted = firewallRules(securityRules(sorted(spec.rules)));
    if (present && JSON.stringify(firewallRules(present.securityRules)) === JSON.stringify(wanted))
      return this.#firewall(fleet, present);
    const group = present ? groupName(this.calls.config, fleet) : await this.ground.group(fleet, run, io);
    const { firewall } = namesOf(fleet, host);
    const body = {
      location: present?.location ?? this.locations.of(host),
      tags: present?.tags ?? tagsOf({ fleet, host, run }),
      securityRules: securityRules(wanted),
    };
    await carryOut(
      this.calls,
      {
        service: 'network',
        doing: `bringing the security group of ${host} to its rules`,
        settling: true,
        start: ({ network }, options) => network.networkSecurityGroups.createOrUpdate(group, firewall, body, options),
      },
      io,
    );
    return this.#firewall(fleet, { ...body, securityRules: body.securityRules as SecurityRule[] });
  }

  async remove(fleet: string, host: string, io: ProviderIo = {}): Promise<void> {
    const group = groupName(this.calls.config, fleet);
    const { firewall } = namesOf(fleet, host);
    if (await this.#get(fleet, host)) {
      const change = { service: 'network' as const, doing: `removing the security group of ${host}` };
      // The interface of a machine that is being removed keeps it for a while.
      await waitFor(
        async (): Promise<Poll<undefined>> => {
          try {
            await carryOut(
              this.calls,
              {
                ...change,
                start: ({ network }, options) => network.networkSecurityGroups.delete(group, firewall, options),
              },
              io,
            );
          } catch (error) {
            if (kindOf(error) === 'CONFLICT') return { done: false, seen: 'a network interface still uses it' };
            if (kindOf(error) !== 'NOT_FOUND') throw error;
          }
          return { done: true, value: undefined };
        },
        {
          clock: this.calls.clock,
          what: `the security group of ${host} to be free`,
          timeoutMs: FREE_MS,
          intervalMs: 1000,
          maxMs: 10_000,
          signal: io.signal,
          onWait: io.progress,
        },
      );
    }
    await this.ground.clear(fleet, io);
  }

  async #get(fleet: string, host: string): Promise<NetworkSecurityGroup | undefined> {
    const { firewall } = namesOf(fleet, host);
    const found = await this.calls.look(`looking for ${firewall}`, ({ network }, options) =>
      network.networkSecurityGroups.get(groupName(this.calls.config, fleet), firewall, options),
    );
    return owned('security group', found, fleet, host);
  }

  #firewall(fleet: string, found: NetworkSecurityGroup): Firewall {
    const owner = ownerOf(found.tags ?? {}) ?? { fleet, host: '', run: '' };
    const id = resourceId(
      this.calls.config,
      groupName(this.calls.config, fleet),
      'Microsoft.Network/networkSecurityGroups',
      namesOf(fleet, owner.host).firewall,
    );
    return { id, owner, rules: firewallRules(found.securityRules) };
  }
}
