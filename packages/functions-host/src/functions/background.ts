import type { StorageServices } from '../bindings/storage.js';
import type { BlobContext } from '../blobs/context.js';
import { blobOptions } from '../blobs/options.js';
import type { HostConfig } from '../config/host-json.js';
import { getSetting, type Env } from '../config/settings.js';
import { storageConnection } from '../config/storage-connection.js';
import { StartError } from '../core/errors.js';
import type { Log } from '../log.js';
import { hostId } from '../singletons/host-id.js';
import { hostStorage, type HostStorage } from '../singletons/host-storage.js';
import { Singletons } from '../singletons/singletons.js';
import { blobStatusStore, fileStatusStore } from '../timers/status-store.js';
import type { HostedFunction } from './function-table.js';
import type { Invoker } from './invoker.js';
import { Triggers } from './triggers.js';

/** As Azure names the lock of the one that scans blobs. */
const scanLock = 'WebJobs.Internal.Blobs.Listener';

export interface BackgroundParts {
  functions: HostedFunction[];
  services: StorageServices;
  invoker: Invoker;
  config: HostConfig;
  env: Env;
  appName?: string;
  stateDir: string;
  log: Log;
  /** Aborted when the host stops. */
  signal: AbortSignal;
}

/** Puts together what starts functions without a request. Throws StartError for a setting that makes no sense. */
export function backgroundTriggers(parts: BackgroundParts): Triggers {
  const { functions, services, invoker, config, env, stateDir, log, signal } = parts;
  const { retry } = config;
  const id = hostId(env, parts.appName);
  const storage = sharedStorage(env, id);
  const needed = functions.some((fn) => !fn.error && !fn.disabled && (fn.trigger === 'timer' || fn.trigger === 'blob'));
  const singletons = new Singletons({
    stateDir,
    ...storage,
    options: config.singleton,
    log: needed ? log : () => undefined,
  });
  const leaseSeconds = positiveSetting(env, 'FANOPS_QUEUE_LEASE_SECONDS', 600);
  const blobs = (): BlobContext => ({
    blobs: services.blobs,
    queues: services.queues,
    invoker,
    options: blobOptions(config.blobs),
    retry,
    env,
    log,
    signal,
    leaseSeconds,
    storage: storage.storage ?? ownStorage(functions, env, id),
    singleton: singletons.singleton(scanLock),
    scanEvery: positiveSetting(env, 'FANOPS_BLOB_SCAN_MS', 10_000),
  });
  return new Triggers(functions, {
    timers: {
      invoker,
      retry,
      log,
      store: () => (singletons.storage ? blobStatusStore(singletons.storage) : fileStatusStore(stateDir)),
    },
    queues: { service: services.queues, invoker, options: config.queues, leaseSeconds, retry, env, log, signal },
    blobs,
    singletons,
    retry,
    env,
    log,
  });
}

function sharedStorage(env: Env, id: string): { storage?: HostStorage; whyNone?: string } {
  try {
    return { storage: hostStorage(storageConnection(undefined, env), id) };
  } catch (error) {
    return { whyNone: (error as Error).message };
  }
}

/** Without AzureWebJobsStorage the receipts are kept in the account of the first blob trigger. */
function ownStorage(functions: HostedFunction[], env: Env, id: string): HostStorage {
  const fn = functions.find(({ trigger, error }) => trigger === 'blob' && !error);
  return hostStorage(storageConnection(fn?.triggerBinding.connection, env), id);
}

function positiveSetting(env: Env, name: string, fallback: number): number {
  const text = getSetting(env, name);
  if (text === undefined) return fallback;
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new StartError(`${name} must be a whole number above 0, not "${text}".`);
}
