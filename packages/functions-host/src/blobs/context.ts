import type { RetryPolicy } from '../config/retry-options.js';
import type { Env } from '../config/settings.js';
import type { Invoker } from '../functions/invoker.js';
import type { Log } from '../log.js';
import type { QueueService } from '../queues/service.js';
import type { HostStorage } from '../singletons/host-storage.js';
import type { Singleton } from '../singletons/singletons.js';
import type { BlobOptions } from './options.js';
import type { BlobService } from './service.js';

/** What the blob triggers of a host work with. */
export interface BlobContext {
  blobs: BlobService;
  queues: QueueService;
  /** Where locks, receipts and the queue between scan and run are. */
  storage: HostStorage;
  singleton: Singleton;
  invoker: Pick<Invoker, 'run'>;
  options: BlobOptions;
  leaseSeconds: number;
  /** ms between scans */
  scanEvery: number;
  retry?: RetryPolicy;
  env: Env;
  log: Log;
  /** Aborted when the host stops. */
  signal: AbortSignal;
}
