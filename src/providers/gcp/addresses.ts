import type { protos } from '@google-cloud/compute';
import type { AddressProvider, PublicAddress } from '../contracts/addresses.js';
import { ProviderError } from '../contracts/errors.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { isOwned, notOurs } from '../contracts/not-ours.js';
import { ownerOf, type Ownership } from '../contracts/ownership.js';
import type { HostWish } from '../contracts/setup.js';
import { listPlaces } from '../listing.js';
import { lastSegment, requestId, type GcpCalls } from './calls.js';
import { kindOf } from './errors.js';
import { GCP, labelsOf, ownedBy, thingName } from './labels.js';
import { idOf, instanceOf, natIp, type Machine } from './machine.js';
import { regionOf, regionsOf } from './zones.js';

type Address = protos.google.cloud.compute.v1.IAddress;

const ACCESS = 'External NAT';

/** Static addresses; one for each host, in its region. */
export class GcpAddresses implements AddressProvider {
  constructor(
    private readonly calls: GcpCalls,
    private readonly hosts: Readonly<Record<string, HostWish>>,
  ) {}

  list(fleet: string): Promise<Listing<PublicAddress>> {
    const { project } = this.calls.config;
    return listPlaces(regionsOf(this.calls.config, this.hosts), async (region) => {
      const found = await this.calls.all(`listing addresses in ${region}`, ({ addresses }, pageToken) =>
        addresses.list({ project, region, filter: ownedBy(fleet), pageToken }, { autoPaginate: false }),
      );
      return found.map(addressOf).filter((each) => each.owner?.fleet === fleet);
    });
  }

  async allocate(owner: Ownership, io?: ProviderIo): Promise<PublicAddress> {
    const name = thingName(owner.fleet, owner.host);
    const region = this.#region(owner.host);
    const present = await this.#owned(owner.fleet, owner.host, region);
    if (present) return addressOf(present);
    const addressResource = {
      name,
      labels: labelsOf(owner),
      description: JSON.stringify(owner),
      addressType: 'EXTERNAL',
    };
    try {
      await this.calls.change(
        `taking an address for ${owner.host}`,
        ({ addresses }) =>
          addresses.insert({ ...region, addressResource, requestId: requestId(`${name}/${owner.run}`) }),
        io,
      );
    } catch (error) {
      if (kindOf(error) !== 'CONFLICT') throw error;
    }
    return addressOf((await this.#owned(owner.fleet, owner.host, region)) ?? {});
  }

  async associate(
    addressId: string,
    fleet: string,
    host: string,
    options: { takeOver?: boolean } = {},
  ): Promise<PublicAddress> {
    const region = this.#region(host);
    const address = await this.#find(addressId, region);
    const machine = await this.#machine(thingName(fleet, host), this.hosts[host]?.zone);
    if (machine && !isOwned(instanceOf(machine).tags, { fleet, host }))
      throw notOurs(GCP, 'machine', machine.name ?? '', { fleet, host });
    if (!address || !machine)
      throw new ProviderError(
        `Google Cloud has no ${address ? `machine ${host}` : `address ${addressId}`} of ${fleet}.`,
        { provider: 'gcp', code: 'NOT_FOUND' },
      );
    if (ownerIn(address)?.fleet !== fleet)
      throw notOurs(GCP, 'static address', addressId, { fleet, host }, 'Give the host an address of the fleet.');
    const holder = address.users?.[0];
    if (holder && lastSegment(holder) !== machine.name) {
      if (!options.takeOver)
        throw new ProviderError(`${address.address} is held by ${lastSegment(holder)}.`, {
          provider: 'gcp',
          code: 'CONFLICT',
        });
      const before = await this.#machine(lastSegment(holder), /zones\/([^/]+)\//.exec(holder)?.[1]);
      requireHolder(before, fleet, host);
      if (before) await this.#takeOff(before);
    }
    if (natIp(machine) !== address.address) {
      await this.#takeOff(machine);
      await this.#unlessSo(
        machine,
        (now) => natIp(now) === address.address,
        () =>
          this.calls.change(`giving ${address.address} to ${host}`, ({ instances }, id) =>
            instances.addAccessConfig({
              ...this.#at(machine),
              networkInterface: 'nic0',
              accessConfigResource: { name: ACCESS, type: 'ONE_TO_ONE_NAT', natIP: address.address },
              requestId: id,
            }),
          ),
      );
    }
    return addressOf((await this.#find(addressId, region)) ?? {});
  }

  async release(fleet: string, host: string, io?: ProviderIo): Promise<void> {
    const region = this.#region(host);
    const address = await this.#owned(fleet, host, region);
    if (!address) return;
    const holder = address.users?.[0];
    const machine = holder ? await this.#machine(lastSegment(holder), /zones\/([^/]+)\//.exec(holder)?.[1]) : undefined;
    requireHolder(machine, fleet, host);
    if (machine) await this.#takeOff(machine);
    await this.calls.takeAway(
      `giving back the address of ${host}`,
      ({ addresses }, id) => addresses.delete({ ...region, address: address.name ?? '', requestId: id }),
      io,
    );
  }

  /** An address serves machines of its region only. */
  #region(host: string): { project: string; region: string } {
    return { project: this.calls.config.project, region: regionOf(this.hosts[host]?.zone ?? this.calls.config.zone) };
  }

  #at(machine: Machine): { project: string; zone: string; instance: string } {
    return { project: this.calls.config.project, zone: lastSegment(machine.zone), instance: machine.name ?? '' };
  }

  /** The address of a host. @throws ProviderError when one of that name is somebody else's */
  async #owned(fleet: string, host: string, region: { project: string; region: string }): Promise<Address | undefined> {
    const address = await this.#find(thingName(fleet, host), region);
    const owner = address && ownerIn(address);
    if (!address || (owner?.fleet === fleet && owner.host === host)) return address;
    throw notOurs(GCP, 'static address', address.name ?? '', { fleet, host });
  }

  async #find(name: string, region: { project: string; region: string }): Promise<Address | undefined> {
    return this.calls.look(
      `looking for the address ${name}`,
      async ({ addresses }) => (await addresses.get({ ...region, address: name }))[0],
    );
  }

  async #machine(instance: string, zone = this.calls.config.zone): Promise<Machine | undefined> {
    return this.calls.look(
      `looking for ${instance}`,
      async ({ instances }) => (await instances.get({ project: this.calls.config.project, zone, instance }))[0],
    );
  }

  async #takeOff(machine: Machine): Promise<void> {
    const accessConfig = accessOf(machine);
    if (!accessConfig) return;
    await this.#unlessSo(
      machine,
      (now) => accessOf(now) === undefined,
      () =>
        this.calls.change(`taking the address from ${machine.name}`, ({ instances }, id) =>
          instances.deleteAccessConfig({ ...this.#at(machine), networkInterface: 'nic0', accessConfig, requestId: id }),
        ),
    );
  }

  /**
   * Changes a machine. A refusal is none when the machine is as wanted all the same: an answer before it may have been
   * lost.
   */
  async #unlessSo(machine: Machine, wanted: (now: Machine) => boolean, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      const now = await this.#machine(machine.name ?? '', lastSegment(machine.zone));
      if (!now || !wanted(now)) throw error;
    }
  }
}

/** @throws ProviderError when a machine that holds an address of the fleet is none of it */
function requireHolder(machine: Machine | undefined, fleet: string, host: string): void {
  if (machine && instanceOf(machine).owner?.fleet !== fleet)
    throw notOurs(
      GCP,
      'machine that holds the address',
      machine.name ?? '',
      { fleet, host },
      'Take the address from it first.',
    );
}

const accessOf = (machine: Machine): string | undefined =>
  machine.networkInterfaces?.[0]?.accessConfigs?.[0]?.name ?? undefined;

function addressOf(address: Address): PublicAddress {
  const users = address.users?.[0];
  return {
    id: address.name ?? '',
    address: address.address ?? '',
    owner: ownerIn(address),
    ...(users ? { heldBy: idOf(users) } : {}),
  };
}

function ownerIn(address: Address): Ownership | undefined {
  const { description } = address;
  try {
    const written = description?.startsWith('{') ? (JSON.parse(description) as Partial<Ownership>) : undefined;
    if (written?.fleet !== undefined && written.host !== undefined)
      return { fleet: written.fleet, host: written.host, run: written.run ?? '' };
  } catch {
    // Somebody else's words: labels tell.
  }
  return ownerOf(address.labels ?? {});
}
