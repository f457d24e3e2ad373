import { expect, onTestFinished, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import { leftoversOf } from '../../../../src/operations/host/leftovers.js';
import type { Instance } from '../../../../src/providers/contracts/instances.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext } from '../../../helpers/host-context.js';

const fleetOf = (provider: string, platform: string): string => `
fleet: f
hosts: { app-1: { provider: ${provider}, roles: [app] } }
services: { m1: { source: ./m1, placements: { box: { platform: ${platform}, host: app-1, port: 7001 } } } }
`;

interface Given {
  provider?: string;
  platform?: string;
  /** What the machine answers; none: its engine does not answer. */
  printed?: string;
  force?: boolean;
}

/** What would be left of a host that does not run, and the commands that the machine was given. */
async function left({ provider = 'local', platform = 'docker', printed, force }: Given) {
  const { ctx, dispose } = hostContext(fleetOf(provider, platform), {});
  onTestFinished(dispose);
  const asked: string[][] = [];
  const machine = {
    run: async ({ argv }: { argv: string[] }) => {
      asked.push(argv.slice(4));
      return { code: printed === undefined ? 1 : 0, stdout: printed ?? '', stderr: 'is the docker daemon running?' };
    },
  } as unknown as Transport;
  const own: OperationContext = { ...ctx, hosts: { ...ctx.hosts, controlMachine: async () => machine } };
  const instance = { state: 'stopped' } as Instance;
  return { asked, found: await leftoversOf(own, { host: 'app-1', provider, instance, ...(force && { force }) }) };
}

test('what an engine has of a host that is a part of this machine is listed, and removed by the labels of the host', async () => {
  const { found, asked } = await left({ printed: 'container a\nvolume b\n' });
  expect(found.names).toEqual(['container a', 'volume b']);
  await found.remove();
  const labels = ['io.fanops.fleet=f', 'io.fanops.host=app-1'];
  expect(asked).toEqual([
    ['list', ...labels],
    ['remove', ...labels],
  ]);
});

test('a machine that goes with all that is on it is not asked', async () => {
  const { found, asked } = await left({ provider: 'docker' });
  expect([found.names, asked]).toEqual([[], []]);
});

test('an engine that does not answer keeps a host with a placement on it, but for --force', async () => {
  await expect(left({})).rejects.toMatchObject({
    code: 'LEFTOVERS',
    exitCode: 5,
    hint: expect.stringContaining('--force') as string,
  });
  expect((await left({ force: true })).found.names).toEqual([]);
  expect((await left({ platform: 'pm2' })).found.names).toEqual([]);
});
