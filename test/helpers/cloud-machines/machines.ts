/**
 * STUB of ours: the machines of an emulated cloud, which makes none that could be logged in to, as containers of a real Docker engine: systemd,
 * sshd, and cloud-init with exactly the user data that the emulator was given. Where the emulator tells the address of a machine, the fault proxy
 * puts that of the container. No network of a cloud is shown by it: firewalls of the emulator let everything in.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MACHINE_IMAGE } from './image.js';

/** How the names of their containers and networks begin. */
export const MACHINES = 'fanops-test-';

/** A machine as its emulator knows it. */
export interface Booting {
  id: string;
  name: string;
  /** The address that the emulator tells. */
  address: string;
  on: boolean;
  userData: string;
}

interface Body {
  container: string;
  on: boolean;
  address: string;
}

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> =>
  (await run('docker', args, { encoding: 'utf8', timeout: 120_000 })).stdout.trim();
/** What systemd needs, as docker hosts have it. */
const AS_MACHINE = [
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
];

/** Containers that follow what an emulator says of its machines. */
export class CloudMachines {
  readonly #bodies = new Map<string, Body>();
  readonly #addresses = new Map<string, string>();
  readonly #network: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(cloud: string) {
    this.#network = `${MACHINES}${cloud}-${process.pid}`;
  }

  async start(): Promise<void> {
    await docker('network', 'create', this.#network);
  }

  async stop(): Promise<void> {
    await this.follow([]);
    await docker('network', 'rm', this.#network);
  }

  /** Makes, starts, stops and removes containers until they are as the machines; one call after the other. */
  follow(machines: readonly Booting[]): Promise<void> {
    const turn = this.#turn.then(() => this.#bring(machines));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** An answer of the emulator with the addresses at which the machines really are. */
  mask(text: string): string {
    return [...this.#addresses].reduce(
      (masked, [told, real]) =>
        masked.replaceAll(new RegExp(`(?<![\\d.-])${told.replaceAll('.', '\\.')}(?![\\d.])`, 'g'), real),
      text,
    );
  }

  async #bring(machines: readonly Booting[]): Promise<void> {
    for (const [id, { container }] of this.#bodies) {
      if (machines.some((machine) => machine.id === id)) continue;
      await docker('rm', '--force', '--volumes', container);
      this.#bodies.delete(id);
    }
    for (const machine of machines) {
      const body = this.#bodies.get(machine.id);
      if (!body && machine.on) await this.#make(machine);
      else if (body && body.on !== machine.on) await this.#power(body, machine.on);
    }
    this.#addresses.clear();
    for (const { id, address } of machines) {
      const body = this.#bodies.get(id);
      if (body?.on && address) this.#addresses.set(address, body.address);
    }
  }

  async #make({ id, name, userData }: Booting): Promise<void> {
    const container = await docker(
      'create',
      '--name',
      `${this.#network}-${this.#bodies.size}-${name}`,
      '--hostname',
      name,
      '--network',
      this.#network,
      ...AS_MACHINE,
      MACHINE_IMAGE,
    );
    const dir = mkdtempSync(join(tmpdir(), 'machine-seed-'));
    const seed = join(dir, 'var/lib/cloud/seed/nocloud');
    mkdirSync(seed, { recursive: true });
    writeFileSync(
      join(seed, 'meta-data'),
      JSON.stringify({ 'instance-id': id.split('/').at(-1), 'local-hostname': name }),
      { mode: 0o600 },
    );
    writeFileSync(join(seed, 'user-data'), userData, { mode: 0o600 });
    await docker('cp', `${dir}/.`, `${container}:/`);
    rmSync(dir, { recursive: true });
    const body: Body = { container, on: false, address: '' };
    this.#bodies.set(id, body);
    await this.#power(body, true);
  }

  async #power(body: Body, on: boolean): Promise<void> {
    await docker(...(on ? ['start'] : ['stop', '--time', '20']), body.container);
    body.on = on;
    body.address = on
      ? await docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', body.container)
      : '';
  }
}
