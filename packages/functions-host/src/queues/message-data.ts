import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { TypedData } from '../core/contract.js';

export interface MessageData {
  trigger: TypedData;
  triggerMetadata: Record<string, TypedData>;
  /** For `{expression}` in output bindings. */
  bindingData: Record<string, unknown>;
}

/**
 * What the function receives (specification 5.4). The top-level members of a JSON object payload join the metadata
 * and override built-in names whatever their case.
 */
export function messageData(message: DequeuedMessageItem, body: Buffer, dataType: string | undefined): MessageData {
  const text = body.toString('utf8');
  const builtIn: Record<string, TypedData> = {
    QueueTrigger: { string: text },
    DequeueCount: { int: message.dequeueCount },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: { string: isoWithOffset(message.insertedOn) },
    ExpirationTime: { string: isoWithOffset(message.expiresOn) },
    NextVisibleTime: { string: isoWithOffset(message.nextVisibleOn) },
  };
  const payload = payloadProperties(text);
  const overridden = new Set(Object.keys(payload).map((name) => name.toLowerCase()));
  const kept = Object.entries(builtIn).filter(([name]) => !overridden.has(name.toLowerCase()));
  const added = Object.entries(payload).map(([name, value]) => [name, typed(value)] as const);
  return {
    trigger: dataType?.toLowerCase() === 'binary' ? { bytes: body } : { string: text },
    triggerMetadata: Object.fromEntries([...kept, ...added]),
    bindingData: {
      ...Object.fromEntries(kept.map(([name, value]) => [camel(name), value.string ?? value.int])),
      ...payload,
    },
  };
}

function payloadProperties(text: string): Record<string, unknown> {
  if (!text.trimStart().startsWith('{')) return {};
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(parsed).filter(([, value]) => !Array.isArray(value) && value !== null));
  } catch {
    return {}; // text that only looks like JSON has no properties
  }
}

function typed(value: unknown): TypedData {
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { int: value } : { double: value };
  return { json: JSON.stringify(value) };
}

function isoWithOffset(date: Date): string {
  return date.toISOString().replace('Z', '+00:00');
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
