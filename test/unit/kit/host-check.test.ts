import { expect, onTestFinished, test } from 'vitest';
import { hostCheckStep } from '../../../src/kit/host-check.js';
import type { LookIo } from '../../../src/core/step.js';
import type { OperationContext } from '../../../src/kit/context.js';
import type { PlatformModule } from '../../../src/platforms/contracts/module.js';
import type { CommandResult, Transport } from '../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../helpers/host-context.js';

const FLEET = `
fleet: f
hosts: { app-1: { address: 192.0.2.2, roles: [app] }, app-2: { address: 192.0.2.3, roles: [app] } }
services: { m1: { source: ./m1, placements: { vm: { platform: pm2, host: app-1, port: 80 } } } }
`;
const FACTS = 'home=/home/a\nuser=a\nsystem=Linux x86_64\nnode=\nnpm=\npm2=\ntar=/bin/tar\nfreeKb=9000000\n';

/** A look at app-1 without Node, on which a platform with a tool of its own runs m1. @param answer of the tool */
async function look(answer: Partial<CommandResult>, host = 'app-1') {
  const { ctx, dispose } = hostContext(FLEET, {});
  onTestFinished(dispose);
  const fleet = await ctx.fleet();
  const tool = { name: 'Crane', probe: ['crane', '--version'], hint: 'apt-get install crane', task: 'crane' };
  const pm2 = fleet.modules.platforms.get('pm2');
  Object.assign(fleet.modules, { platforms: new Map<string, PlatformModule>([['pm2', { ...pm2!, tools: [tool] }]]) });
  const run = async ({ argv }: { argv: string[] }) => ({
    ...{ code: 0, signal: null, stdout: FACTS, stderr: '' },
    ...(argv[0] === 'crane' && answer),
  });
  const own = withTransport(ctx, async () => ({ run }) as unknown as Transport);
  const io = { ctx: own, input: { host, bytes: 1 }, signal: ctx.signal } as unknown as LookIo<
    OperationContext,
    { host: string; bytes: number }
  >;
  return hostCheckStep.handler.check!(io, undefined);
}

test('a host whose platforms bring tools of their own needs those in place of Node, npm and PM2', async () => {
  expect(await look({ stdout: '1.2\n' })).toMatchObject({ state: 'done', detail: 'Crane 1.2, 9 GiB free' });
  await expect(look({}, 'app-2')).rejects.toThrow('Host app-2 lacks Node >=20 (it has none), npm, PM2.');
});

test('a tool that is missing or refuses is named with its host, its reason and the way out', async () => {
  await expect(look({ code: 1, stderr: 'x\npermission denied.\n' })).rejects.toMatchObject({
    code: 'HOST_LACKS',
    message: 'Host app-1 lacks Crane: permission denied.',
    hint: 'apt-get install crane',
    nextSteps: ['fanops host bootstrap app-1'],
  });
});
