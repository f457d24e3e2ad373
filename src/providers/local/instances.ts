import { existsSync, mkdirSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { diskFullError, isDiskFull } from '../../core/disk-full.js';
import type { Instance, InstanceProvider, InstanceSpec } from '../contracts/instances.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import { TAGS, tagsOf } from '../contracts/ownership.js';
import { OWNER_FILE, claimFolder, fleetFolder } from './fleet-folder.js';
import { makeKeys, publicHostKey } from './keys.js';
import { withLock } from '../machine/file-lock.js';
import { isOwnFleetFolder, isOwnFolder, requireOwnFolder } from './own-folder.js';
import { checkPaths, hostPaths, type HostPaths } from './paths.js';
import { choosePort, folders } from './ports.js';
import { readRecord, runningServer, writeRecord, type HostRecord } from './record.js';

/** How long one command waits for another that works on local hosts: a first create may install PM2. */
const LOCK_MS = 240_000;

export interface LocalProviderOptions {
  /** Folder under which all local hosts live. */
  root: string;
  /** First and last port that SSH servers may take. */
  portRange: readonly [number, number];
  /** Folder of the fleet file: fleets of one name in different folders have hosts of their own. */
  dir?: string;
  /** Program of the SSH server, when it is not the built one. */
  serverEntry?: string;
}

/** The instances of the local provider. Changes are made one at a time for a root, across processes. */
export class LocalInstances implements InstanceProvider {
  readonly #options: LocalProviderOptions;

  constructor(options: LocalProviderOptions) {
    this.#options = options;
  }

  async list(fleet: string): Promise<Listing<Instance>> {
    const fleetDir = join(this.#options.root, fleetFolder(this.#options.root, fleet, this.#options.dir));
    const names = folders(fleetDir).filter((name) => existsSync(join(fleetDir, name, 'host.json')));
    const found = await Promise.all(names.map((name) => this.find(fleet, name)));
    return { items: found.filter((instance) => instance !== undefined), failed: [] };
  }

  async find(fleet: string, name: string): Promise<Instance | undefined> {
    const paths = this.#paths(fleet, name);
    const record = readRecord(paths);
    return record && instanceOf(paths, record);
  }

  create(spec: InstanceSpec, { signal }: ProviderIo = {}): Promise<Instance> {
    const paths = this.#paths(spec.fleet, spec.name);
    checkPaths(paths);
    return this.#locked(paths, async () => {
      // What makes hosts is loaded by what makes hosts: a look at them is quick.
      const [{ ensureServer }, { linkTools }] = await Promise.all([import('./launch.js'), import('./tools.js')]);
      requireOwnFolder(paths, spec.name);
      claimFolder(paths.fleetDir, this.#options.dir);
      const record = readRecord(paths) ?? (await this.#newRecord(paths, spec));
      for (const folder of [paths.dir, paths.home, paths.tmp]) mkdirSync(folder, { recursive: true, mode: 0o700 });
      makeKeys(paths, spec.fleet, spec.name);
      writeRecord(paths, record);
      await linkTools(paths, signal);
      await ensureServer(paths, record, this.#options.serverEntry, signal);
      return instanceOf(paths, record);
    });
  }

  async power(fleet: string, name: string, action: 'stop' | 'restart', io?: ProviderIo): Promise<void> {
    const paths = this.#paths(fleet, name);
    const record = readRecord(paths);
    if (record) await this.#locked(paths, () => endAll(paths));
    if (record && action === 'restart')
      await this.create({ name, fleet, roles: record.roles, runId: record.runId }, io);
  }

  /** The host key lies in the host's folder, where `find` reads it. */
  describe(): Promise<void> {
    return Promise.resolve();
  }

  async destroy(fleet: string, name: string): Promise<void> {
    const paths = this.#paths(fleet, name);
    if (!existsSync(paths.fleetDir) || !isOwnFleetFolder(paths)) return;
    await this.#locked(paths, async () => {
      // What is not a host's was there before: no host was made in it.
      if (isOwnFolder(paths)) {
        if (existsSync(paths.dir)) await endAll(paths);
        removeHost(paths);
      }
      removeEmptyFleet(paths);
    });
  }

  async #newRecord(paths: HostPaths, spec: InstanceSpec): Promise<HostRecord> {
    return {
      name: spec.name,
      fleet: spec.fleet,
      roles: spec.roles,
      runId: spec.runId,
      port: await choosePort(paths.root, this.#options.portRange),
      user: userInfo().username,
      createdAt: new Date().toISOString(),
    };
  }

  #paths(fleet: string, name: string): HostPaths {
    return hostPaths(this.#options.root, fleetFolder(this.#options.root, fleet, this.#options.dir), name);
  }

  /** @throws FanopsError (code DISK_FULL) naming the host and the file that has no space */
  async #locked<T>(paths: HostPaths, task: () => Promise<T>): Promise<T> {
    try {
      return await withLock(join(paths.root, '.lock'), LOCK_MS, task);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      throw diskFullError(String((error as NodeJS.ErrnoException).path ?? paths.dir), error, {
        of: `host ${basename(paths.dir)}`,
      });
    }
  }
}

async function endAll(paths: HostPaths): Promise<void> {
  const { endProcesses } = await import('./ending.js');
  await endProcesses(paths);
}

function instanceOf(paths: HostPaths, record: HostRecord): Instance {
  const owner = { fleet: record.fleet, host: record.name, run: record.runId };
  return {
    name: record.name,
    id: `local/${record.fleet}/${record.name}`,
    state: runningServer(paths) ? 'running' : 'stopped',
    endpoint: {
      address: '127.0.0.1',
      port: record.port,
      user: record.user,
      identityFiles: [paths.operatorKey],
      hostKeys: [publicHostKey(paths)],
    },
    createdAt: record.createdAt,
    tags: { ...tagsOf(owner), [TAGS.roles]: record.roles.join(',') },
    owner,
  };
}

/**
 * The record goes last, with the key that a look at the host reads: what a removal that was cut short leaves is known
 * for a host's.
 */
function removeHost(paths: HostPaths): void {
  const last = [paths.record, `${paths.hostKey}.pub`].map((path) => basename(path));
  const first = existsSync(paths.dir) ? readdirSync(paths.dir).filter((name) => !last.includes(name)) : [];
  for (const path of [...first.map((name) => join(paths.dir, name)), paths.dir])
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** The keys go with the last host of a fleet. */
function removeEmptyFleet(paths: HostPaths): void {
  if (folders(paths.fleetDir).length > 0) return;
  rmSync(paths.operatorKey, { force: true });
  rmSync(join(paths.fleetDir, OWNER_FILE), { force: true });
  rmSync(`${paths.operatorKey}.pub`, { force: true });
  try {
    rmdirSync(paths.fleetDir);
  } catch (error) {
    // Somebody put a file of his own there: it is not ours to remove.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}
