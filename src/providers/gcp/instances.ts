import { waitFor, type Poll } from '../../core/wait.js';
import { ProviderError } from '../contracts/errors.js';
import type { Instance, InstanceFacts, InstanceProvider, InstanceSpec } from '../contracts/instances.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { notOurs } from '../contracts/not-ours.js';
import { TAGS } from '../contracts/ownership.js';
import type { HostWish } from '../contracts/setup.js';
import { listPlaces } from '../listing.js';
import { requestId, type GcpCalls } from './calls.js';
import { kindOf } from './errors.js';
import { architectureOf, type GcpImages } from './images.js';
import { GCP, ownedBy, thingName } from './labels.js';
import { DEFAULT_SIZE, instanceOf, itemsOf, machineOf, natIp, type Machine } from './machine.js';
import { zonesOf } from './zones.js';

const READY_MS = 5 * 60_000;
const STEADY_MS = 10 * 60_000;
const PAUSES = { intervalMs: 500, maxMs: 10_000 };

/** Virtual machines of Compute Engine. A machine's name is unique in its zone, so none is made twice. */
export class GcpInstances implements InstanceProvider {
  constructor(
    private readonly calls: GcpCalls,
    private readonly images: GcpImages,
    private readonly hosts: Readonly<Record<string, HostWish>>,
  ) {}

  list(fleet: string): Promise<Listing<Instance>> {
    return listPlaces(zonesOf(this.calls.config, this.hosts), async (zone) => {
      const { project } = this.calls.config;
      const machines = await this.calls.all(`listing machines in ${zone}`, ({ instances }, pageToken) =>
        instances.list({ project, zone, filter: ownedBy(fleet), pageToken }, { autoPaginate: false }),
      );
      return machines.map(instanceOf).filter((instance) => instance.owner?.fleet === fleet);
    });
  }

  async find(fleet: string, name: string): Promise<Instance | undefined> {
    const machine = await this.#machine(fleet, name);
    return machine && instanceOf(machine);
  }

  async create(spec: InstanceSpec, io: ProviderIo = {}): Promise<Instance> {
    const { fleet, name } = spec;
    const present = await this.#steady(fleet, name, io);
    if (!present) await this.#insert(spec, io);
    else if (present.state === 'stopped') await this.#start(fleet, name, io);
    return instanceOf(await this.#until(fleet, name, io));
  }

  async power(fleet: string, name: string, action: 'stop' | 'restart', io: ProviderIo = {}): Promise<void> {
    const found = await this.#steady(fleet, name, io);
    if (!found && action === 'stop') return;
    if (!found)
      throw new ProviderError(`Google Cloud has no machine ${name} of ${fleet}.`, {
        provider: 'gcp',
        code: 'NOT_FOUND',
      });
    if (action === 'stop' && found.state === 'stopped') return;
    const at = this.#at(fleet, name);
    await this.calls.change(
      `${action === 'stop' ? 'stopping' : 'restarting'} ${name}`,
      ({ instances }, id) =>
        action === 'stop' ? instances.stop({ ...at, requestId: id }) : instances.reset({ ...at, requestId: id }),
      io,
    );
  }

  /** Metadata is written as a whole under a fingerprint: when somebody else wrote meanwhile, it is read again. */
  async describe(fleet: string, name: string, facts: InstanceFacts): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      const machine = await this.#machine(fleet, name);
      if (!machine || facts.hostKey === undefined) return;
      const items = Object.entries({ ...itemsOf(machine), [TAGS.hostKey]: facts.hostKey }).map(([key, value]) => ({
        key,
        value,
      }));
      const metadataResource = { fingerprint: machine.metadata?.fingerprint, items };
      try {
        await this.calls.change(`keeping the host key of ${name}`, ({ instances }, id) =>
          instances.setMetadata({ ...this.#at(fleet, name), metadataResource, requestId: id }),
        );
        return;
      } catch (error) {
        if (kindOf(error) !== 'CONFLICT' || tried === 5) throw error;
      }
    }
  }

  async destroy(fleet: string, name: string, io: ProviderIo = {}): Promise<void> {
    if (!(await this.#machine(fleet, name))) return;
    await this.calls.takeAway(
      `deleting ${name}`,
      ({ instances }, id) => instances.delete({ ...this.#at(fleet, name), requestId: id }),
      io,
    );
  }

  #zone(name: string): string {
    return this.hosts[name]?.zone ?? this.calls.config.zone;
  }

  #at(fleet: string, name: string): { project: string; zone: string; instance: string } {
    return { project: this.calls.config.project, zone: this.#zone(name), instance: thingName(fleet, name) };
  }

  async #machine(fleet: string, name: string): Promise<Machine | undefined> {
    const machine = await this.calls.look(
      `looking for ${name}`,
      async ({ instances }) => (await instances.get(this.#at(fleet, name)))[0],
    );
    const owner = machine && instanceOf(machine).owner;
    if (!machine || (owner?.fleet === fleet && owner.host === name)) return machine;
    throw notOurs(GCP, 'machine', thingName(fleet, name), { fleet, host: name });
  }

  /** The machine once it is not on its way between two states. */
  #steady(fleet: string, name: string, io: ProviderIo): Promise<Instance | undefined> {
    return waitFor(
      async (): Promise<Poll<Instance | undefined>> => {
        const found = await this.find(fleet, name);
        return found?.state === 'stopping' ? { done: false, seen: found.state } : { done: true, value: found };
      },
      {
        clock: this.calls.clock,
        what: `${name} to stand still`,
        timeoutMs: STEADY_MS,
        ...PAUSES,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  }

  async #insert(spec: InstanceSpec, io: ProviderIo): Promise<void> {
    const { fleet, name, token = spec.runId } = spec;
    const { project } = this.calls.config;
    const zone = this.#zone(name);
    const image = await this.images.resolve(spec.image ?? 'debian-12', architectureOf(spec.size ?? DEFAULT_SIZE));
    const instanceResource = machineOf(this.calls.config, spec, zone, image.id);
    try {
      await this.calls.change(
        `making ${name}`,
        ({ instances }) =>
          instances.insert({ project, zone, instanceResource, requestId: requestId(`${fleet}/${name}/${token}`) }),
        io,
      );
    } catch (error) {
      if (!(kindOf(error) === 'CONFLICT' && (await this.#machine(fleet, name)))) throw error;
    }
  }

  async #start(fleet: string, name: string, io: ProviderIo): Promise<void> {
    await this.calls.change(
      `starting ${name}`,
      ({ instances }, id) => instances.start({ ...this.#at(fleet, name), requestId: id }),
      io,
    );
  }

  #until(fleet: string, name: string, io: ProviderIo): Promise<Machine> {
    return waitFor(
      async (): Promise<Poll<Machine>> => {
        const machine = await this.#machine(fleet, name);
        if (!machine) return { done: false, seen: 'not listed yet' };
        if (String(machine.status) !== 'RUNNING') return { done: false, seen: String(machine.status) };
        return (natIp(machine) ?? machine.networkInterfaces?.[0]?.networkIP)
          ? { done: true, value: machine }
          : { done: false, seen: 'no address yet' };
      },
      {
        clock: this.calls.clock,
        what: `${name} to run`,
        timeoutMs: READY_MS,
        ...PAUSES,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  }
}
