import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readHostConfig, type HostConfig } from '../../src/config/host-json.js';
import { parseTimeSpan } from '../../src/config/timespan.js';
import { tempDir } from '../helpers/host.js';

async function read(hostJson: unknown, env: Record<string, string> = {}): Promise<HostConfig> {
  const dir = tempDir();
  if (hostJson !== undefined) {
    const text = typeof hostJson === 'string' ? hostJson : JSON.stringify({ version: '2.0', ...(hostJson as object) });
    writeFileSync(join(dir, 'host.json'), text);
  }
  return readHostConfig(dir, env);
}

const http = (members: object): object => ({ extensions: { http: members } });

it('[2.1-1] without host.json there are defaults', async () => {
  expect(await read(undefined)).toMatchObject({
    routePrefix: 'api',
    customHeaders: {},
    functionTimeout: 1_800_000,
    logLevel: {},
    customHandler: false,
    notices: [],
  });
});

it('[2.1-2] a host.json that cannot be parsed fails the start', async () => {
  await expect(read('{ "version": ')).rejects.toThrow('host.json is not valid JSON');
  await expect(read('[]')).rejects.toThrow('must be a JSON object');
});

it('[2.1-3] version must be exactly 2.0', async () => {
  for (const text of ['{}', '{ "version": 2.0 }', '{ "version": "1.0" }'])
    await expect(read(text)).rejects.toThrow('"version" must be "2.0"');
});

it('[2.1-4] settings override values, in any casing, with : or __, and in lists', async () => {
  const config = await read(http({ routePrefix: 'api', customHeaders: { A: '1' } }), {
    AzureFunctionsJobHost__extensions__http__routePrefix: 'v1',
    'azurefunctionsjobhost:Extensions:Queues:BatchSize': '7',
    AzureFunctionsJobHost__extensions__http__customHeaders__A: '2',
    AzureFunctionsJobHost__functions__0: 'One',
    AzureFunctionsJobHost__functions__1: 'two',
    AzureFunctionsJobHost____proto____polluted: 'x',
  });
  expect(config).toMatchObject({
    routePrefix: 'v1',
    customHeaders: { A: '2' },
    functions: ['one', 'two'],
    queues: { batchSize: 7 },
  });
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

it('[2.1-5] the route prefix is api by default; an empty one means none', async () => {
  expect([
    (await read({})).routePrefix,
    (await read(http({ routePrefix: '' }))).routePrefix,
    (await read(http({ routePrefix: '/x/y/' }))).routePrefix,
  ]).toEqual(['api', '', 'x/y']);
});

it('limits of requests are whole numbers; -1 is none', async () => {
  const config = await read(http({ maxConcurrentRequests: 3, maxOutstandingRequests: -1 }));
  expect([config.maxConcurrentRequests, config.maxOutstandingRequests]).toEqual([3, undefined]);
  await expect(read(http({ maxConcurrentRequests: 'many' }))).rejects.toThrow('extensions.http.maxConcurrentRequests');
});

it('[2.1-9] dynamicThrottlesEnabled has no effect and is said', async () => {
  const said = expect.stringContaining('dynamicThrottlesEnabled has no effect') as string;
  expect((await read(http({ dynamicThrottlesEnabled: true }))).notices).toEqual([said]);
  expect((await read(http({ dynamicThrottlesEnabled: false }))).notices).toEqual([]);
});

it('hsts: days or TimeSpan, 30 days by default', async () => {
  const header = async (hsts: object): Promise<string | undefined> => (await read(http({ hsts }))).hsts?.header;
  expect(await header({ isEnabled: true })).toBe('max-age=2592000');
  expect(await header({ isEnabled: true, maxAge: '10', includeSubDomains: true, preload: true })).toBe(
    'max-age=864000; includeSubDomains; preload',
  );
  expect(await header({ isEnabled: false, maxAge: '10' })).toBeUndefined();
  await expect(header({ isEnabled: true, maxAge: 'x' })).rejects.toThrow('hsts.maxAge');
});

it('[2.1-12] functionTimeout: 30 minutes by default, -1 none, at least 1 s', async () => {
  const timeout = async (functionTimeout: unknown): Promise<number | undefined> =>
    (await read({ functionTimeout })).functionTimeout;
  expect([await timeout(undefined), await timeout('-1'), await timeout(-1), await timeout('00:00:01')]).toEqual([
    1_800_000,
    undefined,
    undefined,
    1000,
  ]);
  await expect(timeout('00:00:00.5')).rejects.toThrow('functionTimeout');
});

it('[2.1-13] extensions.queues sets the options of queues', async () => {
  const queues = {
    batchSize: 4,
    newBatchThreshold: 1,
    maxPollingInterval: '00:00:05',
    maxDequeueCount: 2,
    visibilityTimeout: '00:00:10',
    messageEncoding: 'None',
  };
  expect((await read({ extensions: { queues } })).queues).toEqual({
    batchSize: 4,
    newBatchThreshold: 1,
    maxPollingInterval: 5000,
    maxDequeueCount: 2,
    visibilityTimeout: 10_000,
    messageEncoding: 'none',
  });
  await expect(read({ extensions: { queues: { batchSize: 33 } } })).rejects.toThrow('from 1 to 32');
});

it('[2.1-14] extensions.blobs is read; sections of other extensions are said to have no effect', async () => {
  const config = await read({ extensions: { blobs: { maxDegreeOfParallelism: 3 }, durableTask: {}, cosmosDB: {} } });
  expect(config.blobs).toEqual({ maxDegreeOfParallelism: 3 });
  expect(config.notices).toEqual([
    expect.stringContaining('extensions.durableTask'),
    expect.stringContaining('extensions.cosmosDB'),
  ]);
});

it('[2.1-15] retry is read, with a clear error where it is wrong', async () => {
  expect(
    (await read({ retry: { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: '00:00:03' } })).retry,
  ).toMatchObject({ strategy: 'fixed', maxRetryCount: 2, delay: 3000 });
  await expect(read({ retry: { strategy: 'sometimes', maxRetryCount: 1 } })).rejects.toThrow('host.json: retry');
});

it('[2.1-16] log levels are names or numbers', async () => {
  expect((await read({ logging: { logLevel: { default: 'Warning', 'Function.a': 1 } } })).logLevel).toEqual({
    default: 'warning',
    'Function.a': 'debug',
  });
  await expect(read({ logging: { logLevel: { default: 'loud' } } })).rejects.toThrow('logging.logLevel["default"]');
});

it('[2.1-17] functions is an allow-list', async () => {
  expect((await read({ functions: ['One'] })).functions).toEqual(['one']);
  expect((await read({})).functions).toBeUndefined();
});

it('[2.1-18] keys without effect on requests do no harm and are said', async () => {
  const names = [
    'watchDirectories',
    'healthMonitor',
    'aggregator',
    'concurrency',
    'extensionBundle',
    'managedDependency',
    'telemetryMode',
  ];
  const { notices } = await read(Object.fromEntries(names.map((name) => [name, {}])));
  expect(notices.map((notice) => /^host\.json: (\w+) has no effect here: ./.exec(notice)?.[1])).toEqual(names);
  expect(
    (await read({ logging: { applicationInsights: {}, fileLoggingMode: 'always', console: {} } })).notices,
  ).toHaveLength(3);
});

it('[2.1-19] a custom handler is seen', async () => {
  expect([(await read({ customHandler: {} })).customHandler, (await read({ httpWorker: {} })).customHandler]).toEqual([
    true,
    true,
  ]);
});

it('[2.1-20] comments, trailing commas and a byte order mark are accepted', async () => {
  const text = '\uFEFF{ // one\n "version": "2.0", /* two */ "extensions": { "http": { "routePrefix": "a//b", }, }, }';
  expect((await read(text)).routePrefix).toBe('a//b');
});

it('keys are found in any casing', async () => {
  expect((await read('{ "Version": "2.0", "Extensions": { "HTTP": { "RoutePrefix": "x" } } }')).routePrefix).toBe('x');
});

it.each([
  ['00:00:05', 5000],
  ['1.00:00:00', 86_400_000],
  ['01:30', 5_400_000],
  ['2', 172_800_000],
  ['24:00:00', 24 * 86_400_000],
  ['25:00:00:00', 25 * 86_400_000],
  ['00:00:00.25', 250],
  ['-00:00:01', -1000],
  ['00:60:00', undefined],
  ['x', undefined],
  ['1.24:00:00', undefined],
])('the TimeSpan %s is %s ms', (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms);
});
