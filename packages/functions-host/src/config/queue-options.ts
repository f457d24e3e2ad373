import { availableParallelism } from 'node:os';
import { StartError } from '../core/errors.js';
import { member, type Section } from './section.js';
import { parseTimeSpan } from './timespan.js';

export interface QueueOptions {
  batchSize: number;
  newBatchThreshold: number;
  /** ms */
  maxPollingInterval: number;
  maxDequeueCount: number;
  /** ms; applied when an attempt failed */
  visibilityTimeout: number;
  messageEncoding: 'base64' | 'none';
}

/** `extensions.queues` of host.json (specification 5.1). Throws StartError for a value out of its limits. */
export function queueOptions(queues: Section): QueueOptions {
  const batchSize = number(queues, 'batchSize', 16, 1, 32);
  return {
    batchSize,
    newBatchThreshold: number(
      queues,
      'newBatchThreshold',
      Math.floor(batchSize / 2) * availableParallelism(),
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    maxPollingInterval: span(queues, 'maxPollingInterval', 2000, 100),
    maxDequeueCount: number(queues, 'maxDequeueCount', 5, 1, Number.MAX_SAFE_INTEGER),
    visibilityTimeout: span(queues, 'visibilityTimeout', 0, 0),
    messageEncoding: encoding(member(queues, 'messageEncoding')),
  };
}

function encoding(value: unknown): QueueOptions['messageEncoding'] {
  const text = String(value ?? 'base64').toLowerCase();
  if (text === 'base64' || text === 'none') return text;
  throw new StartError(`host.json: extensions.queues.messageEncoding must be "base64" or "none".`);
}

function number(map: Section, key: string, fallback: number, min: number, max: number): number {
  const raw = member(map, key);
  if (raw === undefined || raw === null) return fallback;
  const value = Number(raw);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new StartError(
      `host.json: extensions.queues.${key} must be a whole number from ${min}${max > 32 ? ' up' : ` to ${max}`}.`,
    );
  }
  return value;
}

function span(map: Section, key: string, fallback: number, min: number): number {
  const raw = member(map, key);
  if (raw === undefined || raw === null) return fallback;
  const ms = parseTimeSpan(String(raw));
  if (ms === undefined || ms < min)
    throw new StartError(`host.json: extensions.queues.${key} must be a hh:mm:ss of at least ${min} ms.`);
  return ms;
}
