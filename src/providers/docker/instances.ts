import { homedir } from 'node:os';
import { join } from 'node:path';
import { ProviderError } from '../contracts/errors.js';
import type { Instance, InstanceProvider, InstanceSpec } from '../contracts/instances.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { notOurs } from '../contracts/not-ours.js';
import { ownerOf, TAGS, tagsOf } from '../contracts/ownership.js';
import type { SharedProvider } from '../contracts/shared.js';
import { withLock } from '../machine/file-lock.js';
import { failed, type Engine } from './engine.js';
import { baseImage, hostImage } from './image.js';
import { instanceOf, LABELS, type Container } from './inspect.js';
import { containerName, DOCKER, networkName } from './names.js';
import { ensureNetwork, networksOf, removeNetwork } from './network.js';
import { choosePort, portTaken } from './ports.js';
import { putSeed } from './seed.js';
import { sizeFlags } from './sizes.js';

/** How long one command waits for another that works on docker hosts: a first create builds the image. */
const LOCK_MS = 20 * 60_000;
const STOP_SECONDS = '20';

export interface DockerOptions {
  engine: Engine;
  /** Base image instead of the one that the host's image means. */
  base?: string;
  /** First and last port that hosts may publish SSH on; undefined for any free one. */
  ports?: readonly [number, number];
  /** Folder of templates. */
  templates: string;
}

/** Containers that behave like small virtual machines. */
export class DockerInstances implements InstanceProvider {
  readonly #options: DockerOptions;
  readonly #engine: Engine;

  constructor(options: DockerOptions) {
    this.#options = options;
    this.#engine = options.engine;
  }

  async list(fleet: string): Promise<Listing<Instance>> {
    const ids = (
      await this.#engine.must(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${TAGS.fleet}=${fleet}`])
    )
      .split('\n')
      .filter(Boolean);
    const containers = (await Promise.all(ids.map((id) => this.#inspect(id)))).filter((each) => each !== undefined);
    return { items: await Promise.all(containers.map((each) => this.#instance(each))), failed: [] };
  }

  async find(fleet: string, name: string): Promise<Instance | undefined> {
    const container = await this.#container(fleet, name);
    return container && this.#instance(container);
  }

  create(spec: InstanceSpec, io: ProviderIo = {}): Promise<Instance> {
    const { fleet, name } = spec;
    const size = sizeFlags(spec.size, name);
    return this.#locked(async () => {
      const present = await this.#container(fleet, name);
      // A container that never started lacks its seed: a create that was cut short left it.
      if (present?.State.Status === 'created') await this.#engine.must(['rm', '--force', '--volumes', present.Id]);
      else if (present) return this.#started(fleet, name, io);
      const image = await hostImage(
        this.#engine,
        baseImage(spec.image, this.#options.base),
        this.#options.templates,
        io,
      );
      await ensureNetwork(this.#engine, { fleet, host: name, run: spec.runId });
      await this.#make(spec, image, size, io);
      await putSeed(this.#engine, spec);
      return this.#started(fleet, name, io);
    });
  }

  async power(fleet: string, name: string, action: 'stop' | 'restart', io?: ProviderIo): Promise<void> {
    await this.#locked(async () => {
      const container = await this.#container(fleet, name);
      if (!container && action === 'stop') return;
      await this.#engine.must([action, '--time', STOP_SECONDS, container?.Id ?? containerName(fleet, name)], io);
    });
  }

  /** The host key is read from the container. */
  describe(): Promise<void> {
    return Promise.resolve();
  }

  async destroy(fleet: string, name: string, io?: ProviderIo): Promise<void> {
    await this.#locked(async () => {
      const container = await this.#container(fleet, name);
      if (container) await this.#engine.must(['rm', '--force', '--volumes', container.Id], io);
      await this.#clear(fleet);
    });
  }

  /** The network of a fleet. */
  readonly shared: SharedProvider = {
    idle: async (fleet) => ({
      items: (await this.#isEmpty(fleet)) ? await networksOf(this.#engine, fleet) : [],
      failed: [],
    }),
    clear: (fleet) => this.#locked(() => this.#clear(fleet)),
  };

  async #isEmpty(fleet: string): Promise<boolean> {
    return (await this.list(fleet)).items.length === 0;
  }

  async #clear(fleet: string): Promise<void> {
    if (await this.#isEmpty(fleet)) await removeNetwork(this.#engine, fleet);
  }

  async #make(spec: InstanceSpec, image: string, size: string[], io: ProviderIo): Promise<void> {
    const { fleet, name } = spec;
    const labels = {
      ...tagsOf({ fleet, host: name, run: spec.runId }),
      [TAGS.roles]: spec.roles.join(','),
      [LABELS.base]: baseImage(spec.image, this.#options.base),
      ...(spec.hostKey ? { [TAGS.hostKey]: spec.hostKey } : {}),
      ...(spec.user ? { [LABELS.user]: spec.user } : {}),
      ...(spec.size ? { [LABELS.size]: spec.size } : {}),
    };
    // The form that systemd needs on cgroup v1 was tried; `--privileged` fails where the engine itself lacks a
    // capability.
    const machine = [
      '--cap-add',
      'SYS_ADMIN',
      '--cap-add',
      'NET_ADMIN',
      '--security-opt',
      'seccomp=unconfined',
      '--security-opt',
      'apparmor=unconfined',
      '--tmpfs',
      '/run',
      '--tmpfs',
      '/run/lock',
      '--volume',
      '/sys/fs/cgroup:/sys/fs/cgroup:rw',
      '--cgroupns',
      'host',
      '--restart',
      'unless-stopped',
    ];
    const tried: number[] = [];
    for (;;) {
      const port = await choosePort(this.#options.ports, tried);
      const args = [
        'create',
        '--name',
        containerName(fleet, name),
        '--hostname',
        name,
        '--network',
        networkName(fleet),
        '--network-alias',
        name,
        ...machine,
        ...size,
        ...[`${port}:22`, ...(spec.publish ?? []).map((each) => `${each}:${each}`)].flatMap((each) => [
          '--publish',
          `127.0.0.1:${each}`,
        ]),
        ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
        image,
      ];
      const { code, stderr } = await this.#engine.run(args, io);
      if (code === 0) return;
      if (!stderr.includes(String(port)) || tried.length > 4) throw failed(args, stderr);
      tried.push(port);
    }
  }

  async #started(fleet: string, name: string, io: ProviderIo): Promise<Instance> {
    const container = containerName(fleet, name);
    const { code, stderr } = await this.#engine.run(['start', container], io);
    if (code !== 0) throw portTaken(stderr, name) ?? failed(['start'], stderr);
    const instance = await this.find(fleet, name);
    if (instance?.state === 'running') return instance;
    const said = await this.#engine.run(['logs', '--tail', '5', container]);
    throw new ProviderError(
      `The container of ${name} ended right after its start: ` +
        `${(said.stdout + said.stderr).trim() || 'it said nothing'}`,
      {
        provider: 'docker',
        code: 'PROVIDER',
        hint: 'systemd needs a writable cgroup mount: docs/hosts.md says which engines were tried.',
      },
    );
  }

  /**
   * The container of a host. @throws ProviderError when one of that name is somebody else's: of the fleet `a-b`, say,
   * where `a` has a host `b-c`.
   */
  async #container(fleet: string, name: string): Promise<Container | undefined> {
    const container = await this.#inspect(containerName(fleet, name));
    const owner = container && ownerOf(container.Config.Labels ?? {});
    if (!container || (owner?.fleet === fleet && owner.host === name)) return container;
    throw notOurs(
      DOCKER,
      'container',
      containerName(fleet, name),
      { fleet, host: name },
      'Rename the host or the fleet in the fleet file, or remove that container.',
    );
  }

  async #inspect(nameOrId: string): Promise<Container | undefined> {
    const { code, stdout, stderr } = await this.#engine.run(['container', 'inspect', nameOrId]);
    if (code === 0) return (JSON.parse(stdout) as Container[])[0];
    if (/no such container/i.test(stderr)) return undefined; // the command tells no code
    throw failed(['container', 'inspect'], stderr);
  }

  /** Read from the machine itself, which the engine vouches for. */
  async #instance(container: Container): Promise<Instance> {
    if (container.State.Status !== 'running') return instanceOf(container, undefined);
    const { code, stdout } = await this.#engine.run(['exec', container.Id, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub']);
    return instanceOf(container, code === 0 ? stdout.trim().split(' ').slice(0, 2).join(' ') : undefined);
  }

  #locked<T>(task: () => Promise<T>): Promise<T> {
    return withLock(join(homedir(), '.fanops', 'docker.lock'), LOCK_MS, task);
  }
}
