import { afterEach, expect, test } from 'vitest';
import { routerChecks } from '../../../../src/operations/doctor/traffic.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../../helpers/host-context.js';

const FLEET = `
fleet: f
hosts: { vm: { address: 10.0.0.5, roles: [app, router] } }
router: { host: vm, listen: 8080 }
services: { shop: { source: ., route: { path: / }, placements: { vm: { platform: pm2, host: vm, port: 3000 } } } }
`;
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

test('where the figures of the router cannot be read, doctor still asks whoever has traffic', async () => {
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const probe = {
    service: 'shop',
    placement: 'vm',
    request: 'GET http://127.0.0.1:3000/',
    ok: false,
    error: { kind: 'refused', code: 'ECONNREFUSED' },
  };
  const answers: [string, number, string][] = [
    ['applied', 0, JSON.stringify({ errors: {}, holder: { engine: 'embedded' } })],
    ['stats', 1, ''],
    ['probe', 4, JSON.stringify({ probes: [probe] })],
  ];
  const transport = {
    getFile: async () => undefined,
    run: async ({ argv }: { argv: string[] }) => {
      const [, code = 0, stdout = 'shop.json\n'] = answers.find(([word]) => argv.includes(word)) ?? [];
      return { code, signal: null, stdout, stderr: '' };
    },
  } as unknown as Transport;
  const checks = await routerChecks(
    withTransport(ctx, async () => transport),
    await ctx.fleet(),
    true,
  );
  expect(checks.find(({ id }) => id === 'router/running')?.state).toBe('fail');
  expect(checks.find(({ id }) => id === 'traffic')).toMatchObject({
    state: 'fail',
    detail: expect.stringContaining('shop does not answer on vm, asked from vm: connection refused') as string,
  });
});
