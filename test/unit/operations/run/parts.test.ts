import { afterEach, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.js';
import type { PlanPart } from '../../../../src/core/plan.js';
import type { OperationContext } from '../../../../src/kit/context.js';
import { observe } from '../../../../src/kit/observed.js';
import { resumeRun } from '../../../../src/operations/run/resume.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext } from '../../../helpers/host-context.js';
import { OPERATOR, plan, runRecord, step } from '../../../helpers/runs.js';

const FLEET = `
fleet: f
hosts:
  app: { address: 10.0.0.1, roles: [app] }
  router: { address: 10.0.0.2, roles: [router] }
router: { host: router, listen: 8080 }
services:
  m1: { source: ./m1, route: { path: / }, placements: { vm: { platform: pm2, host: app, port: 3001 } } }
`;
const RUN = '20260102-000000-run01';
const RECORD = 'app:fanops/services/m1/service.json';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

/** A run that failed in a part that one of its steps had expanded into. @param port of the service by that part */
async function world(port: number) {
  const { ctx: base, dispose } = hostContext(FLEET, {});
  open.push(dispose);
  const files = new Map<string, JsonObject>();
  const transport = (host: string) =>
    ({
      getFile: async (path: string) => {
        const found = files.get(`${host}:${path}`);
        return found && Buffer.from(JSON.stringify(found));
      },
      run: async () => ({ code: 0, signal: null, stdout: 'acquired 1\n', stderr: '' }),
    }) as unknown as Transport;
  const ctx: OperationContext = { ...base, hosts: { ...base.hosts, transport: async (host) => transport(host) } };
  files.set('router:fanops/router/routes/m1.json', {
    ...{ service: 'm1', version: 1, fence: 1, path: '/', placement: 'vm', run: 'R0', at: '' },
    placements: [{ name: 'vm', url: `http://10.0.0.1:${port}`, weight: 100 }],
  });
  files.set(RECORD, { service: 'm1', release: 'r1', background: true, port, run: 'R0', at: '' });
  const activate = step('release/activate', { kind: 'release.activate', input: { host: 'app', port, service: 'm1' } });
  const part: PlanPart = {
    ...plan([{ ...activate, id: 'wave/release/activate' }], {
      operation: 'deploy',
      facts: { service: 'm1', placement: 'vm' },
      locks: [{ host: 'app', name: 'service-m1' }],
    }),
    id: 'wave',
  };
  Object.assign(part.facts, await observe(ctx, part));
  const store = await ctx.state.store();
  const root = plan([step('wave', { kind: 'drain' })], { operation: 'deploy', subject: 'all' });
  await store.createRun({ ...runRecord(RUN, root), operator: { ...OPERATOR, pid: 1 } });
  await store.updateRun(RUN, { status: 'failed' });
  await store.addPart(RUN, part);
  const [first] = await store.steps(RUN);
  await store.saveStep({ ...first!, status: 'done' });
  return { ctx, files };
}

const resume = (ctx: OperationContext) => resumeRun(ctx, { id: RUN, rerun: [], assumeDone: [] });

test('a resume is refused when another run changed what a part of the plan is about', async () => {
  const { ctx, files } = await world(3001);
  files.set(RECORD, { service: 'm1', release: 'r9', background: true, port: 3001, run: 'R9', at: '' });
  await expect(resume(ctx)).rejects.toMatchObject({
    code: 'BUILT_ON',
    message: expect.stringContaining('what runs of m1 on app was changed by run R9') as string,
  });
});

test('a resume is refused when the fleet file names another port than a part of the plan was made for', async () => {
  const { ctx } = await world(3000);
  await expect(resume(ctx)).rejects.toMatchObject({
    code: 'DRIFT',
    message: `Run ${RUN} was planned for port 3000 of m1; the fleet file names port 3001 now.`,
  });
});
