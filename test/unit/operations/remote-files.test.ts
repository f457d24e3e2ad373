import { afterEach, expect, test } from 'vitest';
import type { OperationContext } from '../../../src/kit/context.js';
import { healthAt } from '../../../src/platforms/pm2/observe.js';
import { releaseArguments, startedWith } from '../../../src/platforms/pm2/start-arguments.js';
import { presentSettings } from '../../../src/operations/router/program-restore.js';
import { readRoute } from '../../../src/kit/route.js';
import { parseHolder } from '../../../src/runs/locks.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../helpers/host-context.js';
import { OPERATOR } from '../../helpers/runs.js';

const FLEET =
  'fleet: f\nhosts: { vm: { address: 10.0.0.5, roles: [app, router] } }\nrouter: { host: vm, listen: 8080 }\n';
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** A host whose files all have this text, and whose commands print this. */
function hostWith(text: string, stdout = ''): OperationContext {
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const transport = {
    getFile: async () => Buffer.from(text),
    run: async () => ({ code: 0, signal: null, stdout, stderr: '' }),
  } as unknown as Transport;
  return withTransport(ctx, async () => transport);
}

const at = { service: 'm1', host: 'vm', release: 'r1' };
const READERS: [string, (ctx: OperationContext) => Promise<unknown>][] = [
  ['a route', (ctx) => readRoute(ctx, 'm1')],
  ['settings of the router', (ctx) => presentSettings(ctx, 'vm')],
  ['an ecosystem file', (ctx) => startedWith(ctx, 'vm', 'm1')],
  ['arguments of a release', (ctx) => releaseArguments(ctx, at)],
];

test.each(READERS)('%s that is none is refused with its host, whatever JSON it is', async (_what, read) => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '"text"',
    '{"placements":[null]}',
    '{"apps":[{}]}',
    '{"instances":"2"}',
    '<html>',
  ]) {
    await expect(read(hostWith(text)), text).rejects.toMatchObject({
      name: 'PreconditionError',
      exitCode: 5,
      where: 'vm',
    });
  }
});

test('what another program answers on the port of a service is no health of ours, and no fault of fanops', async () => {
  for (const body of ['hello', 'null', '', '42']) {
    const ctx = hostWith('', JSON.stringify({ status: 200, body }));
    expect(await healthAt(ctx, { host: 'vm', service: 'm1' }, { address: '127.0.0.1', port: 3000 }, 'r1'), body).toBe(
      'another program answers',
    );
  }
});

test('a lock whose holder does not say who it is counts, and names nobody', () => {
  for (const text of ['', 'null', '{}', '{"run":"r"}', '{"run":"r","operator":{}}', 'by hand'])
    expect(parseHolder(text), text).toBeUndefined();
  expect(parseHolder(JSON.stringify({ run: 'r', reason: '', operator: OPERATOR, since: '' }))).toMatchObject({
    run: 'r',
  });
});

test('a release that is not on its host any more is told as such, and not started', async () => {
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const transport = {
    getFile: async () => undefined,
    run: async () => ({ code: 1, signal: null, stdout: '', stderr: '' }),
  } as unknown as Transport;
  await expect(
    releaseArguments(
      withTransport(ctx, async () => transport),
      at,
    ),
  ).rejects.toMatchObject({
    code: 'NO_RELEASE',
    message: 'Release r1 of m1 is not on vm any more: it cannot be started.',
    nextSteps: ['fanops migrate status m1'],
  });
});
