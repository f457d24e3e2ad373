import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Asker } from '../core/asker.js';
import { PreconditionError } from '../core/errors.js';
import type { Scrubber, Secret } from '../core/secret.js';
import type { Fleet } from '../fleet/fleet.js';
import { jumpChain } from '../fleet/jumps.js';
import type { Providers } from '../kit/context.js';
import type { WantedEndpoint } from '../transports/config/endpoint.js';
import type { KnownHostsFile } from '../transports/known-hosts-file.js';
import type { SshPool } from '../transports/ssh-pool.js';
import type { JumpHost, SshEndpoint, Transport } from '../transports/transport.js';
import { expandHome, fleetKeyFile } from '../transports/home.js';

export interface ReachOptions {
  env: NodeJS.ProcessEnv;
  asker?: Asker;
  fleet(): Promise<Fleet>;
  stateDir(): Promise<string>;
  providers: Providers;
  secret(reference: string, where: string): Promise<Secret>;
  scrubber: Scrubber;
  /** True to keep the key of a host that is not known yet without asking. */
  acceptNewKeys?: boolean;
}

/**
 * From a host of the same provider a machine is reached inside: it may have no other address, or one that is only good
 * from here.
 */
function insideAddress(fleet: Fleet, name: string, privateAddress: string | undefined): Partial<SshEndpoint> {
  const { jump, provider } = fleet.host(name);
  const last = jump?.at(-1);
  return last !== undefined && privateAddress !== undefined && fleet.host(last).provider === provider
    ? { address: privateAddress, port: 22 }
    : {};
}

/** Makes the transports to the hosts of a fleet; what they share lives here. */
export class Reach {
  readonly #options: ReachOptions;
  #pool?: Promise<SshPool>;

  constructor(options: ReachOptions) {
    this.#options = options;
  }

  /** The transport to a host. Nothing is connected yet. */
  async transport(host: string): Promise<Transport> {
    const fleet = await this.#options.fleet();
    const endpoint = await this.endpoint(host);
    const { createSshTransport } = await import('../transports/ssh.js');
    return createSshTransport({
      host,
      endpoint,
      knownHostsFile: await this.knownHostsFile(),
      pool: await (this.#pool ??= this.#makePool()),
      trustOnFirstUse: this.#options.acceptNewKeys,
      rootless: fleet.traits(host).rootless,
      sudoPassword: () => this.#sudoPassword(fleet, host),
    });
  }

  /** How a host is reached. */
  async endpoint(host: string): Promise<SshEndpoint> {
    return this.#endpoint(await this.#options.fleet(), host);
  }

  async knownHostsFile(): Promise<string> {
    return join(await this.#options.stateDir(), 'known_hosts');
  }

  /** Makes these the only keys that a host may show. */
  async setHostKeys(host: string, keys: readonly string[]): Promise<void> {
    const { file, name } = await this.#known(await this.endpoint(host));
    file.replace(name, keys);
  }

  /** Makes known what the provider vouches for, as the first login would. */
  async seedHostKeys(host: string): Promise<void> {
    const endpoint = await this.endpoint(host);
    const { file, name } = await this.#known(endpoint);
    const trusted = file.keysFor(name).trusted.map(({ type, key }) => `${type} ${key}`);
    const { hostKeys = [] } = endpoint;
    if (hostKeys.length > 0 && !hostKeys.some((key) => trusted.includes(key.split(/\s+/).slice(0, 2).join(' '))))
      file.replace(name, hostKeys);
  }

  async #known({ address, port, hostKeyAlias }: SshEndpoint): Promise<{ file: KnownHostsFile; name: string }> {
    const [{ KnownHostsFile }, { knownHostName }] = await Promise.all([
      import('../transports/known-hosts-file.js'),
      import('../transports/known-hosts.js'),
    ]);
    return {
      file: new KnownHostsFile(await this.knownHostsFile()),
      name: hostKeyAlias?.toLowerCase() ?? knownHostName(address, port),
    };
  }

  async #makePool(): Promise<SshPool> {
    const { SshPool } = await import('../transports/ssh-pool.js');
    return new SshPool({
      asker: this.#options.asker,
      passphraseFile: this.#options.env.FANOPS_SSH_PASSPHRASE_FILE || undefined,
    });
  }

  /** How a host of the file is reached: its provider tells, or the file and the user's ssh_config do. */
  async #endpoint(fleet: Fleet, name: string): Promise<SshEndpoint> {
    const host = fleet.host(name);
    const chain = host.jump === undefined ? undefined : jumpChain(fleet.config, name);
    const jumps = chain && (await this.#jumpHosts(fleet, name, chain));
    if (host.provider) return { ...(await this.#instance(fleet, name, host.provider)), jumps };
    const { endpointFor } = await import('../transports/config/endpoint.js');
    const wanted: WantedEndpoint = {
      address: host.address ?? name,
      port: host.port,
      user: host.user,
      jumps,
      identityFiles:
        host.identity === undefined ? undefined : [resolve(fleet.dir, expandHome(host.identity, homedir()))],
      hostKeys: host.hostKey === undefined ? undefined : [host.hostKey],
    };
    return endpointFor(wanted, { file: this.#options.env.FANOPS_SSH_CONFIG || undefined, env: this.#options.env });
  }

  /** The hosts of a chain; before the first comes the way that ssh_config knows to it. */
  async #jumpHosts(fleet: Fleet, name: string, chain: readonly string[]): Promise<JumpHost[]> {
    const hops = await Promise.all(chain.map(async (jump) => ({ name: jump, ...(await this.#endpoint(fleet, jump)) })));
    const all = [...(hops[0]?.jumps ?? []), ...hops.map(({ jumps: _own, ...hop }): JumpHost => hop)];
    const { MOST_JUMPS, tooFar } = await import('../transports/config/endpoint.js');
    if (all.length > MOST_JUMPS) throw tooFar(name, all);
    return all;
  }

  async #instance(fleet: Fleet, name: string, providerName: string): Promise<SshEndpoint> {
    const instances = await this.#options.providers.capability(providerName, 'instances');
    const instance = await instances.find(fleet.name, name);
    if (instance?.endpoint && instance.state === 'running') {
      if (!fleet.traits(name).firstBoot) return instance.endpoint;
      return this.#withKeys(fleet, name, {
        ...instance.endpoint,
        ...insideAddress(fleet, name, instance.privateAddress),
      });
    }
    throw new PreconditionError(`Host ${name} is ${instance ? instance.state : 'not there yet'}.`, {
      code: 'NO_HOST',
      where: name,
      nextSteps: [`fanops host provision ${name}`],
    });
  }

  /**
   * A machine that a provider made is entered with the key of its file, else with that of the fleet, of the agent, or
   * the user's own.
   */
  async #withKeys(fleet: Fleet, name: string, endpoint: SshEndpoint): Promise<SshEndpoint> {
    const { identity } = fleet.host(name);
    const made = fleetKeyFile(homedir(), fleet.name);
    const { DEFAULT_KEYS } = await import('../transports/config/endpoint.js');
    const identityFiles =
      identity !== undefined ? [resolve(fleet.dir, expandHome(identity, homedir()))] : existsSync(made) ? [made] : [];
    return {
      ...endpoint,
      user: fleet.loginOf(name) ?? endpoint.user,
      identityFiles: [...(endpoint.identityFiles ?? []), ...identityFiles],
      defaultIdentityFiles: DEFAULT_KEYS.map((file) => expandHome(file, homedir())),
      agent: this.#options.env.SSH_AUTH_SOCK || undefined,
    };
  }

  async #sudoPassword(fleet: Fleet, name: string): Promise<Secret | undefined> {
    const { sudoPassword } = fleet.host(name);
    if (sudoPassword !== undefined) return this.#options.secret(sudoPassword, `hosts.${name}.sudoPassword`);
    const typed = await this.#options.asker?.secret(`Password for sudo on ${name}`);
    if (typed) this.#options.scrubber.add(typed);
    return typed;
  }
}
