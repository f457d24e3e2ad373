import { expect, test } from 'vitest';
import { checkStorageBindings } from '../../src/bindings/check.js';
import type { Binding } from '../../src/core/contract.js';
import { unsupportedBindings } from '../../src/functions/binding-kinds.js';
import type { HostedFunction } from '../../src/functions/function-table.js';
import { hostNotices } from '../../src/config/host-notices.js';
import { singletonOptions } from '../../src/singletons/options.js';
import { blobOptions } from '../../src/blobs/options.js';

const http: Binding = { type: 'httpTrigger', direction: 'in', name: 'req' };

function problem(trigger: Binding, ...others: Binding[]): string | undefined {
  const fn = {
    name: 'f',
    trigger: 'x',
    triggerBinding: trigger,
    inputs: others.filter(({ direction }) => direction === 'in'),
    outputs: others.filter(({ direction }) => direction === 'out'),
  } as unknown as HostedFunction;
  checkStorageBindings(fn, { AzureWebJobsStorage: 'x', STORE: 'x' });
  return fn.error;
}

test('[6-19] bindings of other families are named, those of storage are not', () => {
  const others: Binding[] = [
    'serviceBus',
    'eventHub',
    'cosmosDB',
    'signalR',
    'sendGrid',
    'twilioSms',
    'sql',
    'eventGrid',
    'kafka',
    'redis',
    'webPubSub',
  ].map((type) => ({ type, direction: 'out', name: type }));
  const storage: Binding[] = ['queue', 'blob', 'table', 'http'].map((type) => ({ type, direction: 'out', name: type }));
  const inputs: Binding[] = ['blob', 'table', 'cosmosDB'].map((type) => ({ type, direction: 'in', name: `${type}In` }));
  const bindings = Object.fromEntries(
    [http, ...others, ...storage, ...inputs].map((binding) => [binding.name!, binding]),
  );
  const found = unsupportedBindings({ name: 'f', bindings });
  for (const { type } of others) expect(found.join()).toContain(`"${type}"`);
  expect(found).toHaveLength(others.length + 1);
});

test('[2.3-2] what a storage binding cannot be', () => {
  const out = (binding: object): Binding => ({
    direction: 'out',
    name: 'o',
    connection: 'STORE',
    type: 'blob',
    ...binding,
  });
  expect(problem(http, out({ path: 'a/{b' }))).toBe("path: '{' has no partner in 'a/{b'.");
  expect(problem(http, out({ type: 'queue', queueName: 'q}' }))).toContain("'}' has no partner");
  expect(problem(http, out({ path: 'a/{b c}' }))).toContain("'{b c}' in 'a/{b c}' is not a binding expression");
  expect(problem(http, out({ path: 'a/b', connection: 'NONE' }))).toContain("'NONE' is not set");
  expect(problem({ type: 'queueTrigger', direction: 'in', queueName: 'A_b' })).toContain(
    'the queue name "A_b" is not valid',
  );
  expect(problem({ type: 'queueTrigger', direction: 'in', queueName: 'Orders' })).toBeUndefined();
  expect(problem({ type: 'blobTrigger', direction: 'in', path: 'UPPER/{name}' })).toContain(
    "The container name 'UPPER' is not valid",
  );
  expect(
    problem(http, out({ path: 'a/{b.c}/{datetime:yyyy}' }), {
      type: 'table',
      direction: 'in',
      name: 't',
      tableName: 't',
      filter: '',
    }),
  ).toBeUndefined();
});

test('[2.1-14] options of locks and blobs, and what is out of their limits', () => {
  expect(singletonOptions({})).toEqual({ listenerLockPeriod: 60_000, listenerLockRecoveryPollingInterval: 15_000 });
  expect(singletonOptions({ ListenerLockPeriod: '00:00:30' }).listenerLockPeriod).toBe(30_000);
  expect(() => singletonOptions({ listenerLockPeriod: '00:02:00' })).toThrow(
    'singleton.listenerLockPeriod must be a hh:mm:ss from 15 to 60 seconds',
  );
  expect(blobOptions({})).toEqual({ maxDegreeOfParallelism: 8, poisonBlobThreshold: 5 });
  expect(() => blobOptions({ poisonBlobThreshold: 0 })).toThrow('extensions.blobs.poisonBlobThreshold');
  expect(hostNotices({ version: '2.0', singleton: {}, extensions: { blobs: {} } })).toEqual([]);
});
