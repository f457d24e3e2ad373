import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { healthOf } from '../../../packages/router/src/probe.js';
import { parseRoute } from '../../../packages/router/src/state.js';
import { OwnState } from '../../../src/context/own-state.js';
import type { Plan } from '../../../src/core/plan.js';
import type { OperationContext } from '../../../src/kit/context.js';
import { readServiceRecord } from '../../../src/kit/service-record.js';
import { readRoute } from '../../../src/kit/route.js';
import { refuseOvertaken } from '../../../src/kit/overtaken.js';
import { SqliteRunStore } from '../../../src/runs/sqlite-store.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../helpers/host-context.js';
import { runRecord } from '../../helpers/runs.js';

const FLEET = `
fleet: f
hosts:
  app: { address: 127.0.0.1, roles: [app] }
  router: { address: 127.0.0.1, roles: [router] }
router: { host: router, listen: 8080 }
services:
  m1: { source: ./m1, route: { path: /api }, placements: { vm: { platform: pm2, host: app, port: 3000 } } }
`;
const earlier = (name: string): Buffer => readFileSync(new URL(`../../fixtures/earlier/${name}`, import.meta.url));
const RUN = '20260102-000000-run01';

describe('what the version before wrote, on hosts and beside the fleet file, is read, or is refused with the way out', () => {
  let made: ReturnType<typeof hostContext>;
  let ctx: OperationContext;
  const files = new Map([
    ['fanops/router/routes/m1.json', earlier('route.json')],
    ['fanops/services/m1/service.json', earlier('service.json')],
  ]);
  beforeAll(() => {
    made = hostContext(FLEET, {});
    const transport = {
      getFile: async (path: string) => files.get(path),
      run: async () => ({ code: 0, signal: null, stdout: '', stderr: '' }),
    } as unknown as Transport;
    ctx = withTransport(made.ctx, async () => transport);
  });
  afterAll(() => made.dispose());
  const plan = (): Plan => JSON.parse(earlier('plan.json').toString()) as Plan;

  test('a route without health requests and baselines: the path of the route is asked', async () => {
    expect(await readRoute(ctx, 'm1')).toMatchObject({ placement: 'azure' });
    const route = parseRoute(earlier('route.json').toString());
    expect([route.health, route.baselines, healthOf(route, 'azure')]).toEqual([undefined, undefined, { path: '/api' }]);
  });

  test('a service record without an address, other listeners and a release before', async () => {
    expect(await readServiceRecord(ctx, 'app', 'm1')).toEqual(JSON.parse(earlier('service.json').toString()));
  });

  test('a plan that does not say what it saw is resumed over the release that it found, and refused over a later one', async () => {
    await refuseOvertaken(ctx, runRecord(RUN, plan()));
    const later = new Map(files).set(
      'fanops/services/m1/service.json',
      Buffer.from(
        earlier('service.json')
          .toString()
          .replace(/"release": "[^"]+"/, '"release": "20260103-000000-cccccccc"'),
      ),
    );
    const transport = {
      getFile: async (path: string) => later.get(path),
      run: async () => ({ code: 0, signal: null, stdout: '', stderr: '' }),
    } as unknown as Transport;
    await expect(
      refuseOvertaken(
        withTransport(ctx, async () => transport),
        runRecord(RUN, plan()),
      ),
    ).rejects.toMatchObject({ code: 'BUILT_ON', exitCode: 5 });
  });

  test('a state folder without a record is set aside; taken back, it has its runs', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'earlier-'));
    try {
      mkdirSync(join(dir, '.fanops'));
      const before = new SqliteRunStore(join(dir, '.fanops/runs.db'));
      await before.createRun(runRecord(RUN, plan()));
      await before.close();
      writeFileSync(join(dir, '.fanops/known_hosts'), 'host key');
      const own = new OwnState(dir, { XDG_STATE_HOME: join(dir, 'state') });
      const notices: string[] = [];
      await own.use((message) => void notices.push(message));
      expect([notices.length, notices[0]]).toEqual([
        1,
        expect.stringContaining('fanops trust --state .fanops.aside-1'),
      ]);
      expect(readdirSync(join(dir, '.fanops'))).not.toContain('runs.db');
      await own.adopt('.fanops.aside-1');
      await own.use((message) => void notices.push(message));
      expect(notices).toHaveLength(1);
      const after = new SqliteRunStore(join(dir, '.fanops/runs.db'));
      expect((await after.run(RUN))?.plan).toEqual(plan());
      await after.close();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
