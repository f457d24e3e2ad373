import { platformCode, platformsWith } from '../../src/platforms/index.js';
import type { Transport } from '../../src/transports/transport.js';
import { engineModules } from '../../src/routers/index.js';
import { runtimeCode } from '../../src/runtimes/index.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PreconditionError } from '../../src/core/errors.js';
import type { RunEvent } from '../../src/core/events.js';
import { Scrubber } from '../../src/core/secret.js';
import { parseFleet } from './modules.js';
import type { OperationContext, Providers } from '../../src/kit/context.js';
import { stepHandler } from '../../src/operations/step-types.js';
import type { Instance, InstanceProvider } from '../../src/providers/contracts/instances.js';
import type { Firewall, NetworkProvider } from '../../src/providers/contracts/networks.js';
import { tagsOf } from '../../src/providers/contracts/ownership.js';
import type { Capabilities, Provider } from '../../src/providers/contracts/provider.js';
import type { SharedProvider, SharedThing } from '../../src/providers/contracts/shared.js';
import { capability, providersWith } from '../../src/providers/index.js';
import { SqliteRunStore } from '../../src/runs/sqlite-store.js';
import { fakeClock } from './fake-clock.js';
import { OPERATOR } from './runs.js';

/** A cloud that keeps everything in memory; `calls` tells what was made and removed, in order. */
export class MemoryCloud implements Provider {
  readonly machines = new Map<string, Instance>();
  readonly firewalls = new Map<string, Firewall>();
  /** What hosts share and none uses. */
  left: SharedThing[] = [];
  readonly calls: string[] = [];
  /** What a region that does not answer says. */
  silent: { where: string; message: string }[] = [];

  constructor(
    readonly name: string,
    private readonly fleet: string,
  ) {}

  scope = async (): Promise<string> => `account of ${this.name}`;

  add(name: string, more: Partial<Instance> & { run?: string; roles?: string } = {}): void {
    const { run = 'R0', roles = 'app', ...rest } = more;
    const owner = { fleet: this.fleet, host: name, run };
    const number = this.machines.size + 1;
    this.machines.set(name, {
      name,
      id: `i-${name}`,
      state: 'running',
      owner,
      tags: { ...tagsOf(owner), 'fanops-roles': roles },
      privateAddress: `10.0.0.${number}`,
      endpoint: { address: `198.51.100.${number}`, port: 22, user: 'deploy' },
      ...rest,
    });
  }

  readonly instances: InstanceProvider = {
    list: async () => ({ items: [...this.machines.values()], failed: this.silent }),
    find: async (_fleet, name) => this.machines.get(name),
    create: async (spec) => {
      this.calls.push(`create ${spec.name} ${spec.token}`);
      this.add(spec.name, { run: spec.runId, roles: spec.roles.join(',') });
      return this.machines.get(spec.name)!;
    },
    power: async () => undefined,
    describe: async () => undefined,
    destroy: async (_fleet, name) => {
      this.calls.push(`destroy ${name}`);
      this.machines.delete(name);
    },
  };

  readonly networks: NetworkProvider = {
    list: async () => ({ items: [...this.firewalls.values()], failed: this.silent }),
    find: async (_fleet, host) => this.firewalls.get(host),
    ensure: async ({ rules, ...owner }) => {
      this.calls.push(`ensure ${owner.host}`);
      this.firewalls.set(owner.host, { id: `fw-${owner.host}`, owner, rules });
      return this.firewalls.get(owner.host)!;
    },
    remove: async (_fleet, host) => {
      if (this.machines.has(host)) throw new Error(`the firewall of ${host} is in use`);
      this.calls.push(`remove ${host}`);
      this.firewalls.delete(host);
    },
  };

  readonly shared: SharedProvider = {
    idle: async () => ({ items: this.left, failed: this.silent }),
    clear: async () => {
      this.calls.push('clear');
      this.left = [];
    },
  };
}

/** Providers of a context, each as `get` gives it. */
export const providersOf = (get: (name: string) => Promise<Provider>): Providers => ({
  get,
  capability: async (name, wanted) => capability(await get(name), wanted),
  findCapability: async <K extends keyof Capabilities>(name: string, wanted: K) =>
    ((await get(name)) as Partial<Pick<Capabilities, K>>)[wanted],
  withCapability: (wanted) => providersWith(wanted),
});

/** The same context with another way to reach hosts. */
export const withTransport = <C extends OperationContext>(
  ctx: C,
  transport: (host: string) => Promise<Transport>,
): C => ({ ...ctx, hosts: { ...ctx.hosts, transport } });

/** A context over a fleet file's text and clouds in memory; hosts themselves are not reached. */
export function hostContext(
  text: string,
  clouds: Record<string, Provider>,
): { ctx: OperationContext; events: RunEvent[]; dispose(): Promise<void> } {
  const dir = mkdtempSync(join(tmpdir(), 'host-ctx-'));
  const fleet = parseFleet(text, join(dir, 'fanops.yaml'));
  let opened: SqliteRunStore | undefined;
  const store = (): SqliteRunStore => (opened ??= new SqliteRunStore(join(dir, 'runs.db')));
  const events: RunEvent[] = [];
  const none = (what: string) => async (): Promise<never> => {
    throw new PreconditionError(`This test has no ${what}.`, { code: 'NO_HOST' });
  };
  const ctx: OperationContext = {
    trusted: () => Promise.resolve(),
    fleet: async () => fleet,
    state: { store: async () => store(), operator: async () => OPERATOR, dir: async () => dir },
    providers: providersOf(async (name) => clouds[name] ?? (await none(`provider ${name}`)())),
    platforms: { load: platformCode, withCapability: platformsWith },
    runtimes: { load: runtimeCode },
    hosts: {
      transport: none('hosts'),
      controlMachine: none('machine'),
      endpoint: none('endpoints'),
      forget: async () => undefined,
      setKeys: async () => undefined,
      seedKeys: async () => undefined,
      knownHostsFile: async () => join(dir, 'known_hosts'),
      operatorKeys: async () => ({ authorizedKeys: ['ssh-ed25519 AAAA'], listedKeys: [], secret: Buffer.alloc(32, 1) }),
    },
    secrets: { resolve: none('secrets'), scrubber: new Scrubber() },
    engines: { all: () => engineModules() },
    publicAddress: async () => '203.0.113.7',
    networkless: async () => [],
    stepTypes: stepHandler,
    io: { clock: fakeClock(), listener: (event) => void events.push(event) },
    signal: new AbortController().signal,
    withSignal(signal) {
      return { ...this, signal };
    },
    assets: { functionsHost: '', router: '', trialProbe: '', templates: '' },
    version: '0.0.0',
  };
  return {
    ctx,
    events,
    dispose: async () => {
      await opened?.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
