import type { Instance as Machine } from '@aws-sdk/client-ec2';
import { waitFor, type Poll } from '../../core/wait.js';
import { ProviderError } from '../contracts/errors.js';
import type { Instance, InstanceFacts, InstanceProvider, InstanceSpec } from '../contracts/instances.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { TAGS } from '../contracts/ownership.js';
import type { SharedProvider } from '../contracts/shared.js';
import { calling, codeOf, kindOf, providerError, unlessGone } from './errors.js';
import { importedKeyPairs, removeKeyPairs } from './key-pairs.js';
import { launch } from './launch.js';
import { instanceOf } from './machine.js';
import type { AwsParts } from './parts.js';
import { itemsOf, whilePassing } from './patience.js';
import { awsTags, owned, PAGE, recordOf } from './tags.js';

const READY_MS = 5 * 60_000;
const GONE_MS = 10 * 60_000;
/** How long a machine that was just made may be unknown to a reader. */
const SEEN_MS = 2 * 60_000;
const SAME_SECOND_MS = 1500;
const PAUSES = { intervalMs: 1000, maxMs: 10_000 };
const LIVE = ['pending', 'running', 'stopping', 'stopped'];

/** Virtual machines of EC2. */
export class AwsInstances implements InstanceProvider {
  constructor(private readonly parts: AwsParts) {}

  list(fleet: string): Promise<Listing<Instance>> {
    return this.parts.regions.list(async (region) =>
      (await this.#machines(region, fleet)).map((machine) => instanceOf(machine, region)),
    );
  }

  async find(fleet: string, name: string): Promise<Instance | undefined> {
    const region = await this.parts.regions.of(name);
    const machine = await this.#machine(region, fleet, name);
    return machine && instanceOf(machine, region);
  }

  async create(spec: InstanceSpec, io: ProviderIo = {}): Promise<Instance> {
    const { fleet, name } = spec;
    const region = await this.parts.regions.of(name);
    const first = (): Promise<Machine | undefined> => this.#first(region, fleet, name);
    const present = await first();
    if (present?.State?.Name === 'stopping') await this.#until(region, spec, ['stopped'], GONE_MS, io);
    if (present && present.State?.Name !== 'pending' && present.State?.Name !== 'running')
      await this.#start(region, present, spec, io);
    if (!present) {
      await launch(this.parts, region, spec, first, io);
      const begun = this.parts.clock.now();
      await this.#until(region, spec, ['running'], READY_MS, io);
      // Launch times are whole seconds: until this one is over, a machine that counts as older may still be made.
      await this.parts.clock.sleep(Math.max(0, begun + SAME_SECOND_MS - this.parts.clock.now()), io.signal);
    }
    const machine = await this.#until(region, spec, ['running'], READY_MS, io);
    if (!present) await this.#giveUp(region, spec, machine);
    return instanceOf(machine, region);
  }

  async power(fleet: string, name: string, action: 'stop' | 'restart', io: ProviderIo = {}): Promise<void> {
    const region = await this.parts.regions.of(name);
    const machine = await this.#machine(region, fleet, name);
    if (!machine && action === 'stop') return;
    if (!machine)
      throw new ProviderError(`AWS has no machine ${name} of ${fleet}.`, { provider: 'aws', code: 'NOT_FOUND' });
    const ids = [machine.InstanceId ?? ''];
    const { StopInstancesCommand, RebootInstancesCommand } = await import('./clients.js');
    const client = await this.parts.sdk.ec2(region);
    if (action === 'restart') {
      await this.#onceAllowed(region, fleet, name, `restarting ${name}`, io, () =>
        client.send(new RebootInstancesCommand({ InstanceIds: ids })),
      );
      return;
    }
    if (machine.State?.Name === 'stopped') return;
    await this.#onceAllowed(region, fleet, name, `stopping ${name}`, io, () =>
      client.send(new StopInstancesCommand({ InstanceIds: ids })),
    );
    await this.#until(region, { fleet, name }, ['stopped'], GONE_MS, io);
  }

  async describe(fleet: string, name: string, facts: InstanceFacts): Promise<void> {
    const region = await this.parts.regions.of(name);
    const machine = await this.#machine(region, fleet, name);
    if (!machine || facts.hostKey === undefined) return;
    const [{ CreateTagsCommand }, client] = await Promise.all([import('./clients.js'), this.parts.sdk.ec2(region)]);
    const tags = awsTags({ [TAGS.hostKey]: facts.hostKey });
    await calling(`keeping the host key of ${name}`, () =>
      client.send(new CreateTagsCommand({ Resources: [machine.InstanceId ?? ''], Tags: tags })),
    );
  }

  async destroy(fleet: string, name: string, io: ProviderIo = {}): Promise<void> {
    const region = await this.parts.regions.of(name);
    const { TerminateInstancesCommand } = await import('./clients.js');
    const client = await this.parts.sdk.ec2(region);
    const ids = (await this.#machines(region, fleet, name)).flatMap(({ InstanceId }) =>
      InstanceId ? [InstanceId] : [],
    );
    if (ids.length > 0) {
      await calling(`terminating ${name}`, () =>
        unlessGone(() => client.send(new TerminateInstancesCommand({ InstanceIds: ids }))),
      );
      await waitFor(
        async () => {
          const left = await this.#machines(region, fleet, name);
          return left.length === 0
            ? { done: true, value: undefined }
            : { done: false, seen: left.map((each) => each.State?.Name).join(', ') };
        },
        {
          clock: this.parts.clock,
          what: `${name} to be terminated`,
          timeoutMs: GONE_MS,
          ...PAUSES,
          signal: io.signal,
          onWait: io.progress,
        },
      );
    }
    await this.#clear(region, fleet);
  }

  /** The key pairs of a fleet: one in each region that it uses. */
  readonly shared: SharedProvider = {
    idle: (fleet) =>
      this.parts.regions.list(async (region) =>
        (await this.#isEmpty(region, fleet)) ? importedKeyPairs(this.parts.sdk, region, fleet) : [],
      ),
    clear: async (fleet) => {
      for (const region of await this.parts.regions.all()) await this.#clear(region, fleet);
    },
  };

  async #isEmpty(region: string, fleet: string): Promise<boolean> {
    return (await this.#machines(region, fleet)).length === 0;
  }

  async #clear(region: string, fleet: string): Promise<void> {
    if (await this.#isEmpty(region, fleet)) await removeKeyPairs(this.parts.sdk, region, fleet);
  }

  /** Machines of a fleet that are not on their way out for good. */
  async #machines(region: string, fleet: string, host?: string): Promise<Machine[]> {
    const [{ paginateDescribeInstances }, client] = await Promise.all([
      import('./clients.js'),
      this.parts.sdk.ec2(region),
    ]);
    const Filters = [...owned(fleet, host), { Name: 'instance-state-name', Values: [...LIVE, 'shutting-down'] }];
    return calling(`listing machines in ${region}`, () =>
      itemsOf(
        () => paginateDescribeInstances({ client, pageSize: PAGE }, { Filters }),
        (page) => page.Reservations?.flatMap((each) => each.Instances ?? []),
      ),
    );
  }

  /** The oldest machine of a host. */
  async #first(region: string, fleet: string, name: string): Promise<Machine | undefined> {
    return (await this.#live(region, fleet, name))[0];
  }

  /**
   * Somebody else made the host at the same moment, with a token of his own: the older machine stays, what this run
   * made goes.
   */
  async #giveUp(region: string, { fleet, name, runId }: InstanceSpec, winner: Machine): Promise<void> {
    const ours = (await this.#live(region, fleet, name)).filter(
      ({ InstanceId, Tags }) => InstanceId !== winner.InstanceId && recordOf(Tags)[TAGS.run] === runId,
    );
    if (ours.length === 0) return;
    const [{ TerminateInstancesCommand }, client] = await Promise.all([
      import('./clients.js'),
      this.parts.sdk.ec2(region),
    ]);
    const InstanceIds = ours.map(({ InstanceId = '' }) => InstanceId);
    await calling(`terminating the second machine of ${name}`, () =>
      client.send(new TerminateInstancesCommand({ InstanceIds })),
    );
  }

  /** Machines of a host that are not on their way out, the oldest first. */
  async #live(region: string, fleet: string, name: string): Promise<Machine[]> {
    const age = (machine: Machine): string => `${machine.LaunchTime?.toISOString()} ${machine.InstanceId}`;
    return (await this.#machines(region, fleet, name))
      .filter((each) => LIVE.includes(each.State?.Name ?? ''))
      .sort((a, b) => age(a).localeCompare(age(b)));
  }

  async #machine(region: string, fleet: string, name: string): Promise<Machine | undefined> {
    const live = await this.#live(region, fleet, name);
    if (live.length < 2) return live[0];
    throw new ProviderError(
      `AWS has ${live.length} machines for ${name}: ${live.map((each) => each.InstanceId).join(', ')}.`,
      {
        provider: 'aws',
        code: 'CONFLICT',
        where: `hosts.${name}`,
        hint: 'Look which one is right and terminate the others.',
      },
    );
  }

  async #start(region: string, machine: Machine, { fleet, name }: InstanceSpec, io: ProviderIo): Promise<void> {
    const [{ StartInstancesCommand }, client] = await Promise.all([import('./clients.js'), this.parts.sdk.ec2(region)]);
    await this.#onceAllowed(region, fleet, name, `starting ${name}`, io, () =>
      client.send(new StartInstancesCommand({ InstanceIds: [machine.InstanceId ?? ''] })),
    );
  }

  /**
   * Repeats a call while the machine is on its way from one state to another: the state that was read a moment ago may
   * be older than what EC2 goes by.
   */
  async #onceAllowed(
    region: string,
    fleet: string,
    name: string,
    doing: string,
    io: ProviderIo,
    call: () => Promise<unknown>,
  ): Promise<void> {
    let state: string | undefined;
    const attempt = async (): Promise<void> => {
      try {
        await call();
      } catch (error) {
        // One that is on its way out for good is in none of the live states: nothing is waited for.
        state = (await this.#first(region, fleet, name))?.State?.Name;
        throw error;
      }
    };
    const inBetween = (error: unknown): string | undefined =>
      codeOf(error) === 'IncorrectInstanceState' ? state : undefined;
    await calling(doing, () =>
      whilePassing(
        { ...io, clock: this.parts.clock, what: `to allow ${doing}`, timeoutMs: READY_MS },
        inBetween,
        attempt,
      ),
    );
  }

  /**
   * Waits for a state; a machine that runs must have its address too. A reader may not know a new machine for a while.
   */
  #until(
    region: string,
    { fleet, name }: Pick<InstanceSpec, 'fleet' | 'name'>,
    states: string[],
    timeoutMs: number,
    io: ProviderIo,
  ): Promise<Machine> {
    const seenBy = this.parts.clock.now() + SEEN_MS;
    return waitFor(
      async (): Promise<Poll<Machine>> => {
        let machine: Machine | undefined;
        try {
          machine = await this.#first(region, fleet, name);
        } catch (error) {
          if (kindOf((error as Error).cause ?? error) !== 'NOT_FOUND') throw providerError(error, `looking at ${name}`);
        }
        const state = machine?.State?.Name;
        if (!machine && this.parts.clock.now() > seenBy)
          throw new ProviderError(`AWS does not know ${name} any more.`, { provider: 'aws', code: 'NOT_FOUND' });
        if (!machine || !state) return { done: false, seen: 'not listed yet' };
        if (!states.includes(state))
          return {
            done: false,
            seen: machine.StateTransitionReason ? `${state}: ${machine.StateTransitionReason}` : state,
          };
        const reachable =
          state !== 'running' || machine.PublicIpAddress !== undefined || machine.PrivateIpAddress !== undefined;
        return reachable ? { done: true, value: machine } : { done: false, seen: 'no address yet' };
      },
      {
        clock: this.parts.clock,
        what: `${name} to be ${states.join(' or ')}`,
        timeoutMs,
        ...PAUSES,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  }
}
