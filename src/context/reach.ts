import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Asker } from '../core/asker.js';
import { PreconditionError } from '../core/errors.js';
import type { Scrubber, Secret } from '../core/secret.js';
import type { Fleet } from '../fleet/fleet.js';
import { jumpChain } from '../fleet/jumps.js';
import type { Provider } from '../providers/contracts/provider.js';
import type { WantedEndpoint } from '../transports/config/endpoint.js';
import type { SshPool } from '../transports/ssh-pool.js';
import type { JumpHost, SshEndpoint, Transport } from '../transports/transport.js';

export interface ReachOptions {
  env: NodeJS.ProcessEnv;
  asker?: Asker;
  fleet(): Promise<Fleet>;
  stateDir(): Promise<string>;
  provider(name: string): Promise<Provider>;
  secret(reference: string, where: string): Promise<Secret>;
  scrubber: Scrubber;
  /** True to keep the key of a host that is not known yet without asking. */
  acceptNewKeys?: boolean;
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
    const endpoint = await this.#endpoint(fleet, host);
    const { createSshTransport } = await import('../transports/ssh.js');
    return createSshTransport({
      host, endpoint, knownHostsFile: join(await this.#options.stateDir(), 'known_hosts'), pool: await (this.#pool ??= this.#makePool()),
      trustOnFirstUse: this.#options.acceptNewKeys,
      // A local host shares the machine: its root would be the user's own.
      rootless: fleet.host(host).provider === 'local',
      sudoPassword: () => this.#sudoPassword(fleet, host),
    });
  }

  async #makePool(): Promise<SshPool> {
    const { SshPool } = await import('../transports/ssh-pool.js');
    return new SshPool({ asker: this.#options.asker, passphraseFile: this.#options.env.FANOPS_SSH_PASSPHRASE_FILE || undefined });
  }

  /** How a host of the file is reached: its provider tells, or the file and the user's ssh_config do. */
  async #endpoint(fleet: Fleet, name: string): Promise<SshEndpoint> {
    const host = fleet.host(name);
    const chain = host.jump === undefined ? undefined : jumpChain(fleet.config, name);
    const jumps = chain && (await this.#jumpHosts(fleet, name, chain));
    if (host.provider) return { ...(await this.#instance(fleet, name, host.provider)), jumps };
    const { endpointFor } = await import('../transports/config/endpoint.js');
    const wanted: WantedEndpoint = {
      address: host.address ?? name, port: host.port, user: host.user, jumps,
      identityFiles: host.identity === undefined ? undefined : [resolve(fleet.dir, expandHome(host.identity))],
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
    const { instances } = await this.#options.provider(providerName);
    if (!instances) throw new PreconditionError(`The provider ${providerName} makes no hosts.`);
    const instance = await instances.find(fleet.name, name);
    if (instance?.endpoint && instance.state === 'running') return instance.endpoint;
    throw new PreconditionError(`Host ${name} is ${instance ? instance.state : 'not there yet'}.`, {
      code: 'NO_HOST', where: name, nextSteps: [`fanops host provision ${name}`],
    });
  }

  async #sudoPassword(fleet: Fleet, name: string): Promise<Secret | undefined> {
    const { sudoPassword } = fleet.host(name);
    if (sudoPassword !== undefined) return this.#options.secret(sudoPassword, `hosts.${name}.sudoPassword`);
    const typed = await this.#options.asker?.secret(`Password for sudo on ${name}`);
    if (typed) this.#options.scrubber.add(typed);
    return typed;
  }
}

const expandHome = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);
