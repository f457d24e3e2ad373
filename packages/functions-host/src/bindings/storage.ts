import { blobInput } from '../blobs/blob-input.js';
import { blobOutput } from '../blobs/blob-output.js';
import { BlobService } from '../blobs/service.js';
import type { QueueOptions } from '../config/host-json.js';
import type { Env } from '../config/settings.js';
import { queueOutput } from '../queues/queue-output.js';
import { QueueService } from '../queues/service.js';
import { TableService } from '../tables/service.js';
import { tableInput } from '../tables/table-input.js';
import { tableOutput } from '../tables/table-output.js';
import type { InputKind } from './inputs.js';
import type { OutputKind } from './outputs.js';

/** The storage services of this process, shared by triggers and bindings; no SDK is loaded before its first use. */
export interface StorageServices {
  queues: QueueService;
  blobs: BlobService;
  tables: TableService;
}

export function storageServices(): StorageServices {
  return { queues: new QueueService(), blobs: new BlobService(), tables: new TableService() };
}

/** Input bindings by lower-cased type. */
export function storageInputs({ blobs, tables }: StorageServices, env: Env): Record<string, InputKind> {
  return { blob: blobInput(blobs, env), table: tableInput(tables, env) };
}

/** Output bindings by lower-cased type. */
export function storageOutputs(services: StorageServices, options: QueueOptions, env: Env): Record<string, OutputKind> {
  return {
    queue: queueOutput(services.queues, options, env),
    blob: blobOutput(services.blobs, env),
    table: tableOutput(services.tables, env),
  };
}
