import { blobPattern } from '../blobs/pattern.js';
import { storageConnection } from '../config/storage-connection.js';
import type { Env } from '../config/settings.js';
import type { Binding } from '../core/contract.js';
import { putInError, type HostedFunction } from '../functions/function-table.js';
import { queueName } from '../queues/queue-name.js';
import { templateProblem } from './template.js';

const storageTypes = ['queue', 'blob', 'table', 'queuetrigger', 'blobtrigger'];
const expressionKeys = ['path', 'queueName', 'tableName', 'partitionKey', 'rowKey', 'filter'];

/**
 * Puts down as the function's error what would keep one of its storage bindings from working: a connection that is not
 * set, a
 * queue name or blob path that cannot be, a brace that is not closed (specification 2.3, 6).
 */
export function checkStorageBindings(fn: HostedFunction, env: Env): void {
  try {
    for (const binding of [fn.triggerBinding, ...fn.inputs, ...fn.outputs]) checkBinding(binding, env);
  } catch (error) {
    putInError(fn, (error as Error).message);
  }
}

function checkBinding(binding: Binding, env: Env): void {
  const type = binding.type.toLowerCase();
  if (!storageTypes.includes(type)) return;
  if (type === 'queuetrigger') queueName(binding.queueName);
  if (type === 'blobtrigger') blobPattern(binding.path);
  for (const key of expressionKeys) {
    const text = binding[key];
    const problem = typeof text === 'string' ? templateProblem(text) : undefined;
    if (problem) throw new Error(`${key}: ${problem}`);
  }
  storageConnection(binding.connection, env);
}
