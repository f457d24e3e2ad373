import { afterEach, expect, test } from 'vitest';
import { call } from '../../../src/operations/call.js';
import type { OperationContext } from '../../../src/kit/context.js';
import { hostContext, MemoryCloud } from '../../helpers/host-context.js';

const FLEET = 'fleet: f\nhosts: { app-1: { provider: aws, roles: [app] }, app-2: { provider: aws, roles: [app] } }\n';
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

function world(): { ctx: OperationContext; aws: MemoryCloud } {
  const aws = new MemoryCloud('aws', 'f');
  aws.add('app-1');
  aws.add('app-2');
  const { ctx, dispose } = hostContext(FLEET, { aws });
  open.push(dispose);
  return { ctx, aws };
}

test('an operation is planned, carried out and journalled, and gives its result', async () => {
  const { ctx, aws } = world();
  expect(await call(ctx, 'host destroy', { host: 'app-2' }, { dryRun: true })).toMatchObject({ dryRun: true });
  expect(aws.calls).toEqual([]);
  expect(await call(ctx, 'host destroy', { host: 'app-2' })).toMatchObject({ destroyed: ['app-2'] });
  expect(aws.calls).toContain('destroy app-2');
  expect(await call(ctx, 'runs list', {})).toMatchObject({
    runs: [{ operation: 'host-destroy', subject: 'app-2', status: 'succeeded' }],
  });
});

test('a query gives its result, a stream its events', async () => {
  const { ctx } = world();
  expect(await call(ctx, 'host list', { provider: 'aws' })).toMatchObject({
    hosts: [{ name: 'app-1' }, { name: 'app-2' }],
    failed: [],
  });
  const events = (await call(ctx, 'status --watch', { interval: '200ms' })) as AsyncIterable<unknown>;
  for await (const event of events) {
    expect(event).toMatchObject({ fleet: 'f', complete: true });
    break;
  }
});

test('options that are not those of the operation are refused before anything is asked', async () => {
  const { ctx, aws } = world();
  await expect(call(ctx, 'host destroy', { hosts: ['app-1'] })).rejects.toThrow('"hosts"');
  const nameOf = (path: readonly PropertyKey[]): string => ['steps[2].with', ...path].map(String).join('.');
  await expect(call(ctx, 'migrate', { service: 'm1', hold: 'long' }, { nameOf })).rejects.toThrow(
    'steps[2].with.hold: "long" is not a duration.',
  );
  expect(aws.calls).toEqual([]);
});

test('a name that is none is refused with one that is near; what is for a person is not called by anything else', async () => {
  const { ctx } = world();
  await expect(call(ctx, 'host destory', {})).rejects.toMatchObject({ hint: 'Did you mean "host destroy"?' });
  for (const name of ['constructor', '__proto__'])
    await expect(call(ctx, name, {})).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
  for (const name of ['trust', 'init'])
    await expect(call(ctx, name, {})).rejects.toMatchObject({ code: 'PERSONAL', exitCode: 2 });
  await expect(call(ctx, 'runs list', {}, { dryRun: true })).rejects.toThrow('there is no dry run of it');
});

test('what changes something needs the trust that a command needs', async () => {
  const { ctx, aws } = world();
  const untrusted = { ...ctx, trusted: () => Promise.reject(new Error('not trusted')) };
  for (const [name, options] of [
    ['host destroy', { host: 'app-1' }],
    ['exec', { host: 'app-1', command: ['true'] }],
    ['runs undo', { run: '20261120-101500-abcde' }],
  ] as const)
    await expect(call(untrusted, name, options)).rejects.toThrow('not trusted');
  expect(aws.calls).toEqual([]);
});
