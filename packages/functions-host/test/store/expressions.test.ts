import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatDate } from '../../src/bindings/date-format.js';
import { elementContent, elementsOf } from '../../src/bindings/elements.js';
import { resolveExpressions } from '../../src/bindings/expressions.js';
import { storageConnection } from '../../src/config/storage-connection.js';
import { queueOptions } from '../../src/config/queue-options.js';
import { tableFilter } from '../../src/tables/filter.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-05T14:07:09.042Z') }));
afterEach(() => vi.useRealTimers());

test.each([
  ['{sys.utcNow}', '2026-03-05T14-07-09Z'],
  ['{datetime}', '2026-03-05T14-07-09Z'],
  ['{DateTime:yyyy/MM/dd}', '2026/03/05'],
  ['{datetime:yyyyMMdd-HHmmss.fff}', '20260305-140709.042'],
  ['{datetime:d MMM yy, h:mm tt}', '5 Mar 26, 2:07 PM'],
  ['{sys.utcNow:dddd}', 'Thursday'],
  ['{datetime:o}', '2026-03-05T14:07:09.0420000Z'],
  ['{datetime:s}', '2026-03-05T14:07:09'],
  ["{datetime:'at' HH}", 'at 14'],
  ['{datetime:r}', 'Thu, 05 Mar 2026 14:07:09 GMT'],
])('[2.3-6] %s is %s', (text, expected) => {
  expect(resolveExpressions(text, {})).toBe(expected);
});

test('[2.3-6] GUIDs with their formats; binding data win over what is built in', () => {
  expect(resolveExpressions('{rand-guid}', {})).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  expect(resolveExpressions('{rand-guid:N}{sys.randGuid:B}{sys.randguid:P}', {})).toMatch(
    /^[0-9a-f]{32}\{[0-9a-f-]{36}\}\([0-9a-f-]{36}\)$/,
  );
  expect(resolveExpressions('{rand-guid}', {})).not.toBe(resolveExpressions('{rand-guid}', {}));
  expect(resolveExpressions('{datetime}', { datetime: 'mine' })).toBe('mine');
});

test('[2.3-4, 2.3-7] names in any casing, nested, numbers and booleans as .NET writes them', () => {
  const data = { Id: 7, Done: true, Order: { Item: { Name: 'x' } }, rate: 0.5, empty: '' };
  expect(resolveExpressions('{id}/{DONE}/{order.item.name}/{rate}/{empty}{{x}}', data)).toBe('7/True/x/0.5/{x}');
  expect(resolveExpressions('{order.item}', data)).toBe('{"Name":"x"}');
});

test("[2.3-8] a name without a value, also one of an object's prototype", () => {
  for (const name of ['nobody', 'order.nobody', 'toString', 'constructor']) {
    expect(() => resolveExpressions(`a/{${name}}`, { order: {} }), name).toThrow(
      `No value for '{${name}}' in 'a/{${name}}'`,
    );
  }
});

test('[2.3-6] formats of dates, hours of half a day among them', () => {
  expect(formatDate(new Date('2026-01-01T00:00:00Z'), 'hh tt FFF zzz %d')).toBe('12 AM  +00:00 1');
});

test('[5.5-1, 5.5-2, 5.5-3, 5.5-4] what an output value stands for', () => {
  const contents = (data: Parameters<typeof elementsOf>[0]): unknown[] => elementsOf(data).map(elementContent);
  expect(contents({})).toEqual([]);
  expect(contents({ json: 'null' })).toEqual([]);
  expect(contents({ json: '[null,1,"a",{"b":1}]' })).toEqual(['1', 'a', '{"b":1}']);
  expect(contents({ string: ' ["a"] ' })).toEqual(['a']);
  expect(contents({ string: '{"a": 1}' })).toEqual(['{"a":1}']);
  expect(contents({ string: '{not json}' })).toEqual(['{not json}']);
  expect(contents({ string: '12' })).toEqual(['12']);
  expect(contents({ int: 0 })).toEqual(['0']);
  expect(contents({ string: '' })).toEqual(['']);
});

test('[6-12] filters: quotes are doubled inside quotes; outside only literals are taken', () => {
  expect(tableFilter("Name eq '{name}'", { name: "O'Hara" })).toBe("Name eq 'O''Hara'");
  expect(tableFilter('Age gt {age} and Active eq {on}', { age: 30, on: true })).toBe('Age gt 30 and Active eq true');
  expect(tableFilter('At gt {at} and Id eq {id}', { at: "datetime'2026-01-01T00:00:00Z'", id: '12L' })).toBe(
    "At gt datetime'2026-01-01T00:00:00Z' and Id eq 12L",
  );
  expect(() => tableFilter('Age gt {age}', { age: '1 or 1 eq 1' })).toThrow('put quotes around it');
});

test('[2.3-11, 2.3-12] connections: the literal name, then AzureWebJobs, then ConnectionStrings; an identity is named', () => {
  expect(storageConnection(undefined, { azurewebjobsstorage: 'a' })).toBe('a');
  expect(storageConnection('X', { X: 'literal', AzureWebJobsX: 'prefixed' })).toBe('literal');
  expect(storageConnection('X', { AzureWebJobsX: 'prefixed', 'ConnectionStrings:X': 'listed' })).toBe('prefixed');
  expect(storageConnection('X', { ConnectionStrings__X: 'listed' })).toBe('listed');
  expect(storageConnection('%WHICH%', { WHICH: 'Y', Y: 'by setting' })).toBe('by setting');
  expect(storageConnection('X', { X: 'UseDevelopmentStorage=true' })).toBe('UseDevelopmentStorage=true');
  expect(() => storageConnection('X', { X__queueServiceUri: 'https://secret.example' })).toThrow(
    /^The storage connection 'X' uses a managed identity \('X__queueServiceUri'\)/,
  );
  expect(() => storageConnection('X', { AzureWebJobsX__accountName: 'a' })).toThrow(
    "managed identity ('AzureWebJobsX__accountName')",
  );
  expect(() => storageConnection('X', {})).toThrow("'X' is not set");
});

test('[5.1-1, 5.1-2, 5.1-3, 5.1-4, 5.1-5, 5.1-6] options of queues: what holds by default, and the limits', () => {
  expect(queueOptions({})).toMatchObject({
    batchSize: 16,
    maxDequeueCount: 5,
    visibilityTimeout: 0,
    messageEncoding: 'base64',
  });
  expect(queueOptions({ batchSize: 5 }).newBatchThreshold % 2).toBe(0);
  expect(
    queueOptions({
      BatchSize: 32,
      newBatchThreshold: 0,
      maxPollingInterval: '00:00:00.100',
      visibilityTimeout: '00:00:30',
      messageEncoding: 'NONE',
    }),
  ).toEqual({
    batchSize: 32,
    newBatchThreshold: 0,
    maxPollingInterval: 100,
    maxDequeueCount: 5,
    visibilityTimeout: 30_000,
    messageEncoding: 'none',
  });
  for (const bad of [
    { batchSize: 33 },
    { batchSize: 0 },
    { newBatchThreshold: -1 },
    { maxPollingInterval: '00:00:00.050' },
    { maxDequeueCount: 0 },
    { messageEncoding: 'x' },
  ]) {
    expect(() => queueOptions(bad), JSON.stringify(bad)).toThrow(Object.keys(bad)[0]);
  }
});
