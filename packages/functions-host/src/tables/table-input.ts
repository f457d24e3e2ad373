import type { TableClient } from '@azure/data-tables';
import { resolveExpressions, type BindingData } from '../bindings/expressions.js';
import type { InputKind } from '../bindings/inputs.js';
import type { Env } from '../config/settings.js';
import { storageConnection } from '../config/storage-connection.js';
import type { Binding } from '../core/contract.js';
import { plainEntity } from './entity.js';
import { quoted, tableFilter } from './filter.js';
import { tableName, type TableService } from './service.js';

/**
 * One entity where both keys are given, undefined when there is none; else an array of what partition key, `filter` and
 * `take` leave (specification 6).
 */
export function tableInput(service: TableService, env: Env): InputKind {
  return async (binding, bindingData) => {
    const text = (value: unknown): string => resolveExpressions(typeof value === 'string' ? value : '', bindingData);
    const connection = storageConnection(binding.connection, env);
    const client = await service.client(connection, tableName(text(binding.tableName)));
    const [partitionKey, rowKey] = [text(binding.partitionKey), text(binding.rowKey)];
    if (partitionKey && rowKey) return oneEntity(client, partitionKey, rowKey);
    return entities(client, filterOf(binding, partitionKey, bindingData), take(binding));
  };
}

async function oneEntity(client: TableClient, partitionKey: string, rowKey: string): ReturnType<InputKind> {
  try {
    return { json: JSON.stringify(plainEntity(await client.getEntity(partitionKey, rowKey))) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function entities(client: TableClient, filter: string | undefined, limit: number): ReturnType<InputKind> {
  const found: object[] = [];
  try {
    for await (const page of client
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: Math.min(limit, 1000) })) {
      for (const entity of page) if (found.length < limit) found.push(plainEntity(entity));
      if (found.length >= limit) break;
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return { json: JSON.stringify(found) };
}

function filterOf(binding: Binding, partitionKey: string, bindingData: BindingData): string | undefined {
  const given =
    typeof binding.filter === 'string' && binding.filter ? tableFilter(binding.filter, bindingData) : undefined;
  if (!partitionKey) return given;
  const inPartition = `PartitionKey eq ${quoted(partitionKey)}`;
  return given ? `(${inPartition}) and (${given})` : inPartition;
}

function take(binding: Binding): number {
  const wanted = Number(binding.take ?? 0);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : Number.POSITIVE_INFINITY;
}

function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}
