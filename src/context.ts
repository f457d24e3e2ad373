import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Reach } from './context/reach.js';
import { Trust } from './context/trust.js';
import type { Asker } from './core/asker.js';
import { systemClock } from './core/clock.js';
import { writing } from './core/disk-full.js';
import type { RunListener } from './core/events.js';
import { Scrubber, type Secret } from './core/secret.js';
import type { Fleet } from './fleet/fleet.js';
import type { SchemaRegistry } from './fleet/registry.js';
import type { OperationContext, Providers } from './kit/context.js';
import type { Deadlines } from './providers/contracts/deadlines.js';
import type { HttpAgent } from './providers/contracts/http-proxy.js';
import type { PlatformTable } from './platforms/index.js';
import type { ProviderTable } from './providers/index.js';
import type { RunStore } from './runs/store.js';
import type { EngineTable } from './routers/index.js';
import type { RuntimeTable } from './runtimes/index.js';
import type { Transport } from './transports/transport.js';

export interface ContextOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Fleet file named by flag or FANOPS_FILE. */
  file?: string;
  /** Environment named by flag or FANOPS_ENV. */
  environment?: string;
  version: string;
  listener: RunListener;
  signal: AbortSignal;
  /** Asks the person at the terminal; absent where nobody can answer. */
  asker?: Asker;
  /** Contents and folders that the user trusts, by flag or FANOPS_TRUST. */
  trust?: string;
  /** True while a run changes things: looks of its steps may wait longer. */
  changing?: () => boolean;
  /** The agent of HTTP clients where the environment names a proxy. */
  agent?: HttpAgent;
  /** True to trust hosts that are not known yet by the key they show. */
  acceptNewKeys?: boolean;
  /** Providers that there are. Default: those that come with fanops. */
  providerTable?: ProviderTable;
  /** Platforms that there are. Default: those that come with fanops. */
  platformTable?: PlatformTable;
  /** Runtimes that there are. Default: those that come with fanops. */
  runtimeTable?: RuntimeTable;
  /** Engines of the router that there are. Default: those that come with fanops. */
  engineTable?: EngineTable;
}

export interface Context extends OperationContext {
  /** The modules that a fleet file may name. */
  registry(): Promise<SchemaRegistry>;
  /** What the user trusts of the fleet. */
  readonly trust: Trust;
  /** The path of a state folder that was set aside. @throws UserError when there is none of that name. */
  stateSetAside(name: string): Promise<string>;
  /** Takes a state folder that was set aside as the user's own. */
  adoptState(name: string): Promise<void>;
  /** Closes connections and the store. */
  dispose(): Promise<void>;
}

const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEMPLATES = join(PACKAGE_ROOT, 'templates');

/** A value that is made at the first call and then kept; a failure is not kept. */
function once<T>(make: () => Promise<T>): { (): Promise<T>; made(): Promise<T> | undefined } {
  let value: Promise<T> | undefined;
  const get = (): Promise<T> =>
    (value ??= make().catch((error: unknown) => {
      value = undefined;
      throw error;
    }));
  return Object.assign(get, { made: () => value });
}

/** How long clouds are waited for: FANOPS_CLOUD_TIMEOUT, else the defaults. */
async function deadlinesOf(env: NodeJS.ProcessEnv): Promise<Deadlines> {
  const { CLOUD_TIMEOUT, DEADLINES, deadlinesFor } = await import('./providers/contracts/deadlines.js');
  const given = env[CLOUD_TIMEOUT];
  return given ? deadlinesFor((await import('./core/duration.js')).parseDuration(given, CLOUD_TIMEOUT)) : DEADLINES;
}

/**
 * A login goes to the clouds' own hosts and to this machine, and where the user allows it outside of the file. Depends
 * on the environment, so it is never kept.
 */
async function checkEndpoints(fleet: Fleet, env: NodeJS.ProcessEnv): Promise<void> {
  if (![...fleet.providers.values()].some(({ endpoints }) => endpoints.length > 0)) return;
  const { endpointProblems } = await import('./providers/endpoints.js');
  const problems = await endpointProblems(fleet.config.providers, fleet.providers, async () =>
    (await import('./context/user-config.js')).allowedEndpoints(env),
  );
  if (problems.length > 0) throw (await import('./fleet/place.js')).placed(fleet, problems);
}

/** Variables that name a proxy for what is asked over HTTP. */
const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];

/**
 * Lets this process ask through the proxies that the environment names; undefined, and nothing is loaded, where it
 * names none.
 */
export async function httpAgent(env: NodeJS.ProcessEnv): Promise<HttpAgent | undefined> {
  if (!PROXIES.some((name) => env[name])) return undefined;
  return (await import('./context/http-proxy.js')).useHttpProxy(env);
}

/** Builds the context of the operations. Nothing is read or opened before an operation asks for it. */
export function createContext(options: ContextOptions): Context {
  const { env, listener, signal, version } = options;
  const scrubber = new Scrubber();
  const transports = new Map<string, Promise<Transport>>();

  const registry = once(async () =>
    (await import('./context/modules.js')).schemaRegistry({
      providers: options.providerTable,
      platforms: options.platformTable,
      runtimes: options.runtimeTable,
      engines: options.engineTable,
    }),
  );

  const fleet = once(async () => {
    const { findFleetFile, loadFleet } = await import('./fleet/load.js');
    const { OwnState } = await import('./context/own-state.js');
    const isOwn = (dir: string): Promise<boolean> => new OwnState(dir, env).isOwn().catch(() => false);
    const loaded = await loadFleet(await findFleetFile(options.cwd, options.file), await registry(), {
      environment: options.environment,
      version,
      ownCache: isOwn,
    });
    await checkEndpoints(loaded, env);
    return loaded;
  });

  const ownState = async () => new (await import('./context/own-state.js')).OwnState((await fleet()).dir, env);

  const stateDir = once(async () => {
    const { source } = await fleet();
    const own = await (await ownState()).use((message) => listener({ type: 'notice', message }));
    // Each environment has a journal of its own: a run belongs to the hosts that it was planned for.
    const used = source.environment === undefined ? own : join(own, 'env', source.environment);
    await writing(used, () => mkdir(used, { recursive: true }));
    return used;
  });

  const trust = new Trust({ fleet, env, given: options.trust ?? env.FANOPS_TRUST, asker: options.asker });

  const store = once<RunStore>(async () => {
    const { SqliteRunStore } = await import('./runs/sqlite-store.js');
    return new SqliteRunStore(join(await stateDir(), 'runs.db'));
  });

  const operator = once(async () => (await import('./runs/operator.js')).currentOperator(await stateDir(), env));

  const controlMachine = once(async () => (await import('./transports/local.js')).createLocalTransport());

  const providers = once(async () => {
    const [{ fleetProviders }, { LOOK_IN_RUN_MS }] = await Promise.all([
      import('./context/modules.js'),
      import('./providers/contracts/deadlines.js'),
    ]);
    const deadlines = await deadlinesOf(env);
    return fleetProviders({
      table: options.providerTable,
      fleet,
      setup: { env, stateDir, clock: systemClock, signal, deadlines, agent: options.agent, templates: TEMPLATES },
      bounds: { signal, lookMs: () => (options.changing?.() ? LOOK_IN_RUN_MS : deadlines.lookMs) },
    });
  });

  const transport = (host: string): Promise<Transport> => {
    const known = transports.get(host);
    if (known) return known;
    const made = reach.transport(host);
    transports.set(host, made);
    made.catch(() => transports.delete(host));
    return made;
  };

  let before: Promise<unknown> = Promise.resolve();
  const secret = async (reference: string, where: string): Promise<Secret> => {
    await trust.require();
    const { resolveReference } = await import('./fleet/secrets.js');
    const { dir } = await fleet();
    // One after the other: a command may ask at the terminal, which one at a time can have.
    const resolved = before.then(() => resolveReference(reference, where, dir, env, signal));
    before = resolved.catch(() => undefined);
    const value = await resolved;
    scrubber.add(value);
    return value;
  };

  const networkless = once(async () => (await import('./runtimes/npm/confined.js')).findNetworkless());

  const publicAddress = once(async () => (await import('./context/public-address.js')).publicAddress(env, signal));

  const ofFleet: Providers = {
    get: async (name) => (await providers()).get(name),
    capability: async (name, wanted) => (await providers()).capability(name, wanted),
    findCapability: async (name, wanted) => (await providers()).findCapability(name, wanted),
    withCapability: async (wanted) => (await providers()).withCapability(wanted),
  };

  const { asker, acceptNewKeys } = options;
  const reach = new Reach({ env, asker, acceptNewKeys, fleet, stateDir, providers: ofFleet, secret, scrubber });

  return {
    trust,
    trusted: () => trust.require(),
    stateSetAside: async (name) => (await ownState()).setAsideAs(name),
    adoptState: async (name) => (await ownState()).adopt(name),
    fleet,
    hosts: {
      transport,
      controlMachine,
      endpoint: (host) => reach.endpoint(host),
      knownHostsFile: () => reach.knownHostsFile(),
      setKeys: (host, keys) => reach.setHostKeys(host, keys),
      seedKeys: (host) => reach.seedHostKeys(host),
      operatorKeys: async (host) =>
        (await import('./context/operator-keys.js')).operatorKeys(await fleet(), host, homedir()),
      async forget(host) {
        const open = transports.get(host);
        transports.delete(host);
        await (await open?.catch(() => undefined))?.close();
      },
    },
    state: { dir: stateDir, store, operator },
    secrets: { resolve: secret, scrubber },
    io: { clock: systemClock, listener },
    signal,
    withSignal(other) {
      return { ...this, signal: other };
    },
    providers: ofFleet,
    platforms: {
      load: async (name) => (await import('./platforms/index.js')).platformCode(name, options.platformTable),
      withCapability: async (wanted) =>
        (await import('./platforms/index.js')).platformsWith(wanted, options.platformTable),
    },
    runtimes: {
      load: async (name) => (await import('./runtimes/index.js')).runtimeCode(name, options.runtimeTable),
    },
    engines: { all: async () => (await import('./routers/index.js')).engineModules(options.engineTable) },
    registry,
    version,
    assets: {
      functionsHost: join(PACKAGE_ROOT, 'packages/functions-host/dist/bundle/functions-host.cjs'),
      router: join(PACKAGE_ROOT, 'packages/router/dist/bundle/router.cjs'),
      trialProbe: join(PACKAGE_ROOT, 'packages/router/dist/bundle/trial-probe.cjs'),
      templates: TEMPLATES,
    },
    publicAddress,
    networkless,
    stepTypes: async (kind) => (await import('./operations/step-types.js')).stepHandler(kind),
    async dispose() {
      const open = await Promise.allSettled(transports.values());
      await Promise.all(open.filter((result) => result.status === 'fulfilled').map((result) => result.value.close()));
      await (await store.made()?.catch(() => undefined))?.close();
    },
  };
}
