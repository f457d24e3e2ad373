import type { VirtualMachine } from '@azure/arm-compute';
import { waitFor, type Poll } from '../../core/wait.js';
import { ProviderError } from '../contracts/errors.js';
import type { Instance, InstanceFacts, InstanceProvider, InstanceSpec } from '../contracts/instances.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { ownerOf, TAGS } from '../contracts/ownership.js';
import { kindOf, operationError } from './errors.js';
import { launched, removeMachine } from './lifecycle.js';
import { listMachines } from './listing.js';
import { failureOf, instanceOf, stateOf } from './machine.js';
import { groupName, namesOf } from './names.js';
import { carryOut, isKept } from './operations.js';
import { owned } from './owned.js';
import type { AzureParts } from './parts.js';

const READY_MS = 10 * 60_000;
const STEADY_MS = 15 * 60_000;
/** How long a machine that was just made may be unknown to a reader. */
const SEEN_MS = 2 * 60_000;
const PAUSES = { intervalMs: 500, maxMs: 10_000 };

/** Virtual machines of Azure. The name of a machine is unique in its resource group, so none is made twice. */
export class AzureInstances implements InstanceProvider {
  constructor(private readonly parts: AzureParts) {}

  list(fleet: string): Promise<Listing<Instance>> {
    return listMachines(this.parts.calls, fleet);
  }

  /** Parts of a machine without the machine itself are told as `missing`, so that they are seen and removed. */
  async find(fleet: string, name: string): Promise<Instance | undefined> {
    const [vm, connection] = await Promise.all([
      this.#machine(fleet, name),
      this.parts.interfaces.connection(fleet, name),
    ]);
    if (!vm && !connection.nic && !connection.ip) return undefined;
    return instanceOf(this.parts.calls.config, this.#group(fleet), vm, connection);
  }

  async create(spec: InstanceSpec, io: ProviderIo = {}): Promise<Instance> {
    const { fleet, name } = spec;
    const doing = `making ${name}`;
    let present = isKept(doing, io) ? undefined : await this.#steady(fleet, name, io);
    const nic = await this.parts.interfaces.ensure(spec, this.parts.locations.of(name), io);
    if (present && stateOf(present) === 'failed') present = await this.#mend(present, spec, io);
    if (!present) await launched(this.parts, spec, doing, nic, io);
    else if (stateOf(present) === 'stopped') await this.#act(fleet, name, 'start', io);
    await this.#running(fleet, name, io);
    const made = await this.find(fleet, name);
    if (made) return made;
    throw new ProviderError(`Azure does not know ${name} any more.`, { provider: 'azure', code: 'NOT_FOUND' });
  }

  async power(fleet: string, name: string, action: 'stop' | 'restart', io: ProviderIo = {}): Promise<void> {
    const vm = await this.#steady(fleet, name, io);
    if (!vm && action === 'stop') return;
    if (!vm)
      throw new ProviderError(`Azure has no machine ${name} of ${fleet}.`, { provider: 'azure', code: 'NOT_FOUND' });
    if (action === 'restart') return this.#act(fleet, name, 'restart', io);
    // A machine that is only switched off is paid for all the same.
    if (!vm.instanceView?.statuses?.some(({ code }) => code === 'PowerState/deallocated'))
      await this.#act(fleet, name, 'deallocate', io);
  }

  /** Tags are written as a whole: when somebody else wrote meanwhile, they are read again. */
  async describe(fleet: string, name: string, facts: InstanceFacts): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      const vm = await this.#machine(fleet, name);
      if (!vm || facts.hostKey === undefined) return;
      const tags = { ...vm.tags, [TAGS.hostKey]: facts.hostKey };
      try {
        await carryOut(this.parts.calls, {
          service: 'compute',
          doing: `keeping the host key of ${name}`,
          start: ({ compute }, options) =>
            compute.virtualMachines.update(
              this.#group(fleet),
              namesOf(fleet, name).machine,
              { tags },
              { ...options, ifMatch: vm.etag },
            ),
        });
        return;
      } catch (error) {
        if (kindOf(error) !== 'CONFLICT' || tried === 5) throw error;
      }
    }
  }

  async destroy(fleet: string, name: string, io: ProviderIo = {}): Promise<void> {
    await this.#machine(fleet, name); // raises when it is somebody else's
    await removeMachine(this.parts.calls, fleet, name, io);
    await this.parts.interfaces.remove(fleet, name, io);
    await this.parts.ground.clear(fleet, io);
  }

  #group(fleet: string): string {
    return groupName(this.parts.calls.config, fleet);
  }

  async #machine(fleet: string, name: string): Promise<VirtualMachine | undefined> {
    const { machine } = namesOf(fleet, name);
    const vm = await this.parts.calls.look(`looking for ${name}`, ({ compute }, options) =>
      compute.virtualMachines.get(this.#group(fleet), machine, { ...options, expand: 'instanceView' }),
    );
    return owned('machine', vm, fleet, name);
  }

  /** The machine once no operation moves it between two states. */
  #steady(fleet: string, name: string, io: ProviderIo): Promise<VirtualMachine | undefined> {
    return waitFor(
      async (): Promise<Poll<VirtualMachine | undefined>> => {
        const vm = await this.#machine(fleet, name);
        const moving = vm && ['starting', 'stopping'].includes(stateOf(vm));
        return moving ? { done: false, seen: `${vm.provisioningState}, ${stateOf(vm)}` } : { done: true, value: vm };
      },
      {
        clock: this.parts.calls.clock,
        what: `${name} to stand still`,
        timeoutMs: STEADY_MS,
        ...PAUSES,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  }

  /**
   * A machine that this run failed to make is removed and made again; one that was in use is told, since its disk may
   * hold something.
   */
  async #mend(vm: VirtualMachine, { fleet, name, runId }: InstanceSpec, io: ProviderIo): Promise<undefined> {
    if (ownerOf(vm.tags ?? {})?.run !== runId) throw operationError(failureOf(vm), `making ${name}`);
    await removeMachine(this.parts.calls, fleet, name, io);
    return undefined;
  }

  #act(fleet: string, name: string, action: 'start' | 'restart' | 'deallocate', io: ProviderIo): Promise<void> {
    const doing = { start: `starting ${name}`, restart: `restarting ${name}`, deallocate: `stopping ${name}` }[action];
    return carryOut(
      this.parts.calls,
      {
        service: 'compute',
        doing,
        start: ({ compute }, options) =>
          compute.virtualMachines[action](this.#group(fleet), namesOf(fleet, name).machine, options),
      },
      io,
    );
  }

  #running(fleet: string, name: string, io: ProviderIo): Promise<void> {
    const seenBy = this.parts.calls.clock.now() + SEEN_MS;
    return waitFor(
      async (): Promise<Poll<undefined>> => {
        const vm = await this.#machine(fleet, name);
        if (!vm && this.parts.calls.clock.now() > seenBy)
          throw new ProviderError(`Azure does not know ${name} any more.`, { provider: 'azure', code: 'NOT_FOUND' });
        if (!vm) return { done: false, seen: 'not known yet' };
        const state = stateOf(vm);
        if (state === 'failed') throw operationError(failureOf(vm), `making ${name}`);
        return state === 'running'
          ? { done: true, value: undefined }
          : { done: false, seen: `${vm.provisioningState}, ${state}` };
      },
      {
        clock: this.parts.calls.clock,
        what: `${name} to run`,
        timeoutMs: READY_MS,
        ...PAUSES,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  }
}
