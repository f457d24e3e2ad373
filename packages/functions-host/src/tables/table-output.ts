import type { TableClient, TableEntity, TransactionAction } from '@azure/data-tables';
import { elementsOf } from '../bindings/elements.js';
import { resolveExpressions } from '../bindings/expressions.js';
import type { OutputKind } from '../bindings/outputs.js';
import type { Env } from '../config/settings.js';
import { storageConnection } from '../config/storage-connection.js';
import { storedEntity } from './entity.js';
import { tableName, type TableService } from './service.js';

const batchSize = 100;

/**
 * Inserts an entity or an array of them; one that is there already fails the invocation (specification 6). Those of one
 * partition
 * go together, at most 100 at a time. Makes the table when it is missing.
 */
export function tableOutput(service: TableService, env: Env): OutputKind {
  return async (binding, data, bindingData) => {
    const text = (value: unknown): string | undefined =>
      typeof value === 'string' ? resolveExpressions(value, bindingData) : undefined;
    const keys = { partitionKey: text(binding.partitionKey), rowKey: text(binding.rowKey) };
    const entities = elementsOf(data).map((element) => {
      if (typeof element === 'object' && !(element instanceof Uint8Array)) return storedEntity(element, keys);
      throw new Error(`A table output takes objects, not ${element instanceof Uint8Array ? 'bytes' : typeof element}.`);
    });
    if (entities.length === 0) return;
    const client = await service.client(
      storageConnection(binding.connection, env),
      tableName(text(binding.tableName) ?? ''),
    );
    for (const batch of batches(entities)) await insert(client, batch);
  };
}

function batches(entities: TableEntity[]): TableEntity[][] {
  const partitions = new Map<string, TableEntity[]>();
  for (const entity of entities) {
    const partition = partitions.get(entity.partitionKey);
    if (partition) partition.push(entity);
    else partitions.set(entity.partitionKey, [entity]);
  }
  return [...partitions.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / batchSize) }, (_, index) =>
      all.slice(index * batchSize, (index + 1) * batchSize),
    ),
  );
}

async function insert(client: TableClient, entities: TableEntity[]): Promise<void> {
  const [first, ...more] = entities;
  const write = async (): Promise<unknown> =>
    more.length === 0
      ? client.createEntity(first!)
      : client.submitTransaction(entities.map((entity): TransactionAction => ['create', entity]));
  try {
    await write();
  } catch (error) {
    const { code, details } = error as { code?: string; details?: { odataError?: { code?: string } } };
    if (code !== 'TableNotFound' && details?.odataError?.code !== 'TableNotFound') throw error;
    await client.createTable();
    await write();
  }
}
