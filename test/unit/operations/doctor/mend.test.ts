import { afterEach, expect, test } from 'vitest';
import { mend } from '../../../../src/operations/doctor/mend.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext, MemoryCloud, withTransport } from '../../../helpers/host-context.js';

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

test('doctor --fix starts what a machine of a cloud is to run, and neither its firewall nor the machine is touched', async () => {
  const aws = new MemoryCloud('aws', 'f');
  aws.add('app-1');
  const { ctx, dispose } = hostContext(
    'fleet: f\nproviders: { aws: { region: eu-west-1 } }\nhosts: { app-1: { provider: aws, roles: [app] } }\n',
    { aws },
  );
  disposals.push(dispose);
  const transport = { run: async () => ({ code: 0, signal: null, stdout: '', stderr: '' }) } as unknown as Transport;
  const world = withTransport(ctx, async () => transport);
  const mended = await mend(world, { kind: 'standing', title: 'Start what host app-1 is to run', host: 'app-1' });
  expect(mended).toEqual({ title: 'Start what host app-1 is to run', run: expect.any(String) as string });
  expect((await (await ctx.state.store()).steps(mended.run!)).map(({ step }) => step.id)).toEqual(['app-1/standing']);
  expect(aws.calls).toEqual([]);
});
