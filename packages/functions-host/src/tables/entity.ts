import type { TableEntity } from '@azure/data-tables';

type Fields = Record<string, unknown>;
const maxInt32 = 2 ** 31 - 1;
const serviceFields = ['etag', 'timestamp', 'odata.metadata'];

/** What a function gets: PartitionKey and RowKey, other properties as they are stored (specification 6). */
export function plainEntity(entity: Fields): Fields {
  const plain: Fields = { PartitionKey: entity.partitionKey, RowKey: entity.rowKey };
  for (const [name, value] of Object.entries(entity)) {
    if (name === 'partitionKey' || name === 'rowKey' || serviceFields.includes(name)) continue;
    plain[name] = plainValue(value);
  }
  return plain;
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  return 'value' in value ? value.value : value;
}

/**
 * An entity of what a function gave. Its keys may have any casing and win over those of the binding. Objects are kept
 * as
 * their JSON. Throws where a key is missing.
 */
export function storedEntity(given: object, bindingKeys: { partitionKey?: string; rowKey?: string }): TableEntity {
  const entity: TableEntity = { partitionKey: bindingKeys.partitionKey ?? '', rowKey: bindingKeys.rowKey ?? '' };
  const found = { partitionKey: bindingKeys.partitionKey !== undefined, rowKey: bindingKeys.rowKey !== undefined };
  for (const [name, value] of Object.entries(given)) {
    const key =
      name.toLowerCase() === 'partitionkey' ? 'partitionKey' : name.toLowerCase() === 'rowkey' ? 'rowKey' : undefined;
    if (key) {
      entity[key] = String(value);
      found[key] = true;
    } else if (value !== null && value !== undefined) entity[name] = storedValue(value);
  }
  for (const [key, present] of Object.entries(found)) if (!present) throw new Error(`A table entity has no ${key}.`);
  return entity;
}

function storedValue(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) {
    const isInt32 = Math.abs(value) <= maxInt32;
    return isInt32 ? { type: 'Int32', value: String(value) } : { type: 'Int64', value: BigInt(value).toString() };
  }
  if (typeof value === 'number') return { type: 'Double', value: String(value) };
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
