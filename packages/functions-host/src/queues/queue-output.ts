import { elementContent, elementsOf } from '../bindings/elements.js';
import { resolveExpressions } from '../bindings/expressions.js';
import type { OutputKind } from '../bindings/outputs.js';
import type { QueueOptions } from '../config/host-json.js';
import { storageConnection } from '../config/storage-connection.js';
import type { Env } from '../config/settings.js';
import { encodeMessage } from './codec.js';
import type { QueueService } from './service.js';

/**
 * Writes messages to a queue, which it creates on demand, and wakes a listener of this process. An array, or text that
 * is a JSON
 * array, gives one message per element (specification 5.5).
 */
export function queueOutput(service: QueueService, options: QueueOptions, env: Env): OutputKind {
  return async (binding, data, bindingData) => {
    const messages = elementsOf(data).map(elementContent);
    if (messages.length === 0) return;
    const name = resolveExpressions(String(binding.queueName ?? ''), bindingData).toLowerCase();
    const queue = await service.client(storageConnection(binding.connection, env), name);
    for (const message of messages) {
      const text = encodeMessage(message, options.messageEncoding);
      try {
        await queue.sendMessage(text);
      } catch (error) {
        if ((error as { code?: string }).code !== 'QueueNotFound') throw error;
        await queue.createIfNotExists();
        await queue.sendMessage(text);
      }
    }
    service.wrote(queue.url);
  };
}
