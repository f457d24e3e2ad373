import { afterEach, expect, test } from 'vitest';
import { RemoteError } from '../../../src/core/errors.js';
import type { JsonObject } from '../../../src/core/json.js';
import type { LockRequest, Plan, Step } from '../../../src/core/plan.js';
import { restorePlacementStep } from '../../../src/operations/migrate/record-placement.js';
import { activateStep } from '../../../src/platforms/pm2/activate.js';
import { observe } from '../../../src/kit/observed.js';
import { refuseOvertaken } from '../../../src/kit/overtaken.js';
import type { StepIo } from '../../../src/core/step.js';
import type { OperationContext } from '../../../src/kit/context.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hostContext, MemoryCloud, withTransport } from '../../helpers/host-context.js';
import { plan, runRecord, step } from '../../helpers/runs.js';

const FLEET = `
fleet: f
hosts:
  app: { provider: aws, roles: [app] }
  router: { provider: aws, roles: [router] }
router: { host: router, listen: 8080 }
services:
  m1: { source: ./m1, route: { path: / }, placements: { vm: { platform: pm2, host: app, port: 3000 } } }
  worker: { source: ./worker, placements: { vm: { platform: pm2, host: app, port: 3001 } } }
`;
// Ids of an operator whose clock is behind: the later run has the smaller id.
const [OWN, LATER, EARLIER] = ['20300101-000000-own', '20200101-000000-later', '20100101-000000-early'];
const APP: LockRequest = { host: 'app', name: 'service-m1' };
const ROUTER: LockRequest = { host: 'router', name: 'service-m1' };

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

function world(): { ctx: OperationContext; files: Map<string, JsonObject>; cloud: MemoryCloud; silent: Set<string> } {
  const cloud = new MemoryCloud('aws', 'f');
  const { ctx, dispose } = hostContext(FLEET, { aws: cloud });
  disposals.push(dispose);
  const files = new Map<string, JsonObject>();
  const silent = new Set<string>();
  const transport = (host: string) =>
    ({
      getFile: async (path: string) => {
        if (silent.has(`${host}:${path}`)) throw new RemoteError(`${host} does not answer`, { host });
        const found = files.get(`${host}:${path}`);
        return found && Buffer.from(JSON.stringify(found));
      },
      run: async () => ({
        code: 0,
        signal: null,
        stdout: `2026-11-30 bob@desk succeeded ${LATER} Deploy m1\n`,
        stderr: '',
      }),
    }) as unknown as Transport;
  return { ctx: withTransport(ctx, async (host) => transport(host)), files, cloud, silent };
}

const RECORD = 'app:fanops/services/m1/service.json';
const ROUTE = 'router:fanops/router/routes/m1.json';
const SETTINGS = 'router:fanops/router/router.json';
const record = (run: string, release: string): JsonObject => ({
  service: 'm1',
  release,
  background: true,
  port: 3000,
  run,
  at: '2026-11-30T00:00:00.000Z',
});
const route = (run: string, vm: number, version = 1): JsonObject => ({
  service: 'm1',
  version,
  fence: version,
  path: '/',
  placement: 'azure',
  placements: [
    { name: 'azure', url: 'http://a', weight: 100 - vm },
    { name: 'vm', url: 'http://v', weight: vm },
  ],
  run,
  at: '',
});
const PLACED = 'app:fanops/services/worker/placement.json';
const placed = (run: string, placement: string, previous?: string): JsonObject => ({
  ...{ service: 'worker', placement, ...(previous && { previous }), version: 1, run, at: '2026-11-30T00:00:00.000Z' },
});
const settings = (mark: string): JsonObject => ({ engine: 'embedded', mark });
const machine = (kind: string): Step => step(`app/${kind}`, { kind, input: { host: 'app', provider: 'aws' } });

interface Case {
  plan: Plan;
  /** What the run found. */
  before: [string, JsonObject][];
  /** What it may have left itself. */
  own: [string, JsonObject | null][];
  /** What another run made of that. */
  later: [string, JsonObject | null][];
  says: RegExp;
}

const cases: Record<string, Case> = {
  deploy: {
    plan: plan([], { locks: [APP] }),
    before: [[RECORD, record(EARLIER, 'r1')]],
    own: [[RECORD, record(OWN, 'r2')]],
    later: [[RECORD, record(LATER, 'r3')]],
    says: /what runs of m1 on app was changed by run 20200101-000000-later \(release r3, at /,
  },
  'deploy, whose service was retired since': {
    plan: plan([], { locks: [APP] }),
    before: [[RECORD, record(EARLIER, 'r1')]],
    own: [],
    later: [[RECORD, null]],
    says: /what runs of m1 on app is gone/,
  },
  migrate: {
    plan: plan([], { locks: [APP, ROUTER] }),
    before: [[ROUTE, route(EARLIER, 0)]],
    own: [
      [ROUTE, route(OWN, 50, 2)],
      [RECORD, record(OWN, 'r1')],
    ],
    later: [[ROUTE, route(LATER, 100, 3)]],
    says: /the route of m1 on router was changed by run/,
  },
  'migrate rollback, which removes the record itself': {
    plan: plan([step('stop', { kind: 'release.stop', input: { service: 'm1', host: 'app' } })], {
      locks: [APP, ROUTER],
    }),
    before: [
      [ROUTE, route(EARLIER, 100)],
      [RECORD, record(EARLIER, 'r1')],
    ],
    own: [
      [ROUTE, route(OWN, 0, 2)],
      [RECORD, null],
    ],
    later: [[ROUTE, route(LATER, 10, 3)]],
    says: /the route of m1/,
  },
  'migrate of a service that no route leads to': {
    plan: plan([], { locks: [{ host: 'app', name: 'service-worker' }] }),
    before: [[PLACED, placed(EARLIER, 'azure')]],
    own: [[PLACED, placed(OWN, 'vm', 'azure')]],
    later: [[PLACED, placed(LATER, 'vm')]],
    says: /the placement record of worker on app was changed by run 20200101-000000-later/,
  },
  'the first migrate of a service that no route leads to': {
    plan: plan([], { locks: [{ host: 'app', name: 'service-worker' }] }),
    before: [],
    own: [],
    later: [[PLACED, placed(LATER, 'vm', 'azure')]],
    says: /the placement record of worker on app was changed by run 20200101-000000-later/,
  },
  'router apply': {
    plan: plan(
      [step('configure', { kind: 'router.configure', input: { host: 'router', settings: settings('own') } })],
      { locks: [{ host: 'router', name: 'router' }] },
    ),
    before: [[SETTINGS, settings('before')]],
    own: [[SETTINGS, settings('own')]],
    later: [[SETTINGS, settings('later')]],
    says: /the settings of the router on router was changed|settings of the router/,
  },
};

const put = (files: Map<string, JsonObject>, changes: [string, JsonObject | null][]): void => {
  for (const [path, state] of changes) {
    if (state) files.set(path, state);
    else files.delete(path);
  }
};

test.each(Object.entries(cases))(
  'a resume of %s goes on from what it found and from what it did itself, and is refused after another run, whatever the clocks say',
  async (_name, each) => {
    const { ctx, files } = world();
    put(files, each.before);
    const run = runRecord(OWN, each.plan);
    Object.assign(run.plan.facts, await observe(ctx, run.plan));
    await refuseOvertaken(ctx, run);
    put(files, each.own);
    await refuseOvertaken(ctx, run);
    put(files, each.later);
    await expect(refuseOvertaken(ctx, run)).rejects.toMatchObject({
      code: 'BUILT_ON',
      exitCode: 5,
      message: expect.stringMatching(each.says) as string,
      hint: expect.stringMatching(/bob@desk|Start anew/) as string,
    });
  },
);

test.each(Object.entries(cases).filter(([, { own }]) => own.length > 0))(
  'what %s could not look at when it started is told in its plan, and a resume goes on only over its own',
  async (_name, each) => {
    const { ctx, files, silent } = world();
    put(files, each.before);
    for (const [path] of each.before) silent.add(path);
    const run = runRecord(OWN, each.plan);
    Object.assign(run.plan.facts, await observe(ctx, run.plan));
    expect(Object.values(run.plan.facts.unobserved ?? {}).sort()).toEqual(
      each.before.map(([path]) => `${path.split(':')[0]} does not answer`).sort(),
    );
    silent.clear();
    // As it is stored and read.
    run.plan = JSON.parse(JSON.stringify(run.plan)) as Plan;
    await expect(refuseOvertaken(ctx, run)).rejects.toMatchObject({
      code: 'UNOBSERVED',
      exitCode: 5,
      message: expect.stringMatching(/could not look at .* before it started \(.* does not answer\)/) as string,
      nextSteps: ['fanops status', `fanops runs undo ${OWN}`],
    });
    put(files, each.own);
    await refuseOvertaken(ctx, run);
    put(files, each.later);
    await expect(refuseOvertaken(ctx, run)).rejects.toMatchObject({ exitCode: 5 });
  },
);

test('a machine that could not be looked for is made where there is none, and is left alone where it is of another run', async () => {
  const { ctx, cloud } = world();
  const run = runRecord(OWN, plan([machine('host.create')]));
  const find = cloud.instances.find;
  cloud.instances.find = async () => {
    throw new Error('503');
  };
  Object.assign(run.plan.facts, await observe(ctx, run.plan));
  cloud.instances.find = find;
  await refuseOvertaken(ctx, run);
  cloud.add('app', { run: LATER });
  await expect(refuseOvertaken(ctx, run)).rejects.toMatchObject({ code: 'UNOBSERVED' });
  cloud.add('app', { run: OWN });
  await refuseOvertaken(ctx, run);
});

test('a route that was not seen is as it was when the plan was made', async () => {
  const { ctx, files } = world();
  const migration = runRecord(
    OWN,
    plan([], {
      locks: [ROUTER],
      facts: {
        route: route(EARLIER, 0),
        unobserved: { 'router/route/m1': 'gone' },
        observed: { 'router/record/m1': null },
      },
    }),
  );
  files.set(ROUTE, route(EARLIER, 0));
  await refuseOvertaken(ctx, migration);
  files.set(ROUTE, route(LATER, 10, 2));
  await expect(refuseOvertaken(ctx, migration)).rejects.toMatchObject({ code: 'UNOBSERVED' });
});

test('a route that was moved and put back by another run is as it was found', async () => {
  const { ctx, files } = world();
  files.set(ROUTE, route(EARLIER, 0));
  const run = runRecord(OWN, plan([], { locks: [ROUTER] }));
  Object.assign(run.plan.facts, await observe(ctx, run.plan));
  files.set(ROUTE, route(LATER, 0, 3));
  await refuseOvertaken(ctx, run);
});

test.each([['host.create'], ['host.destroy']])(
  'a resume with %s does not go on over a machine that another run made or removed',
  async (kind) => {
    const { ctx, cloud } = world();
    cloud.add('app', { run: EARLIER });
    const run = runRecord(OWN, plan([machine(kind)]));
    Object.assign(run.plan.facts, await observe(ctx, run.plan));
    await refuseOvertaken(ctx, run);
    cloud.machines.delete('app');
    if (kind === 'host.destroy') await refuseOvertaken(ctx, run);
    else await expect(refuseOvertaken(ctx, run)).rejects.toThrow('the machine of host app is gone');
    cloud.add('app', { run: LATER, id: 'i-other' });
    await expect(refuseOvertaken(ctx, run)).rejects.toThrow(`the machine of host app was changed by run ${LATER}`);
    cloud.add('app', { run: OWN, id: 'i-own' });
    await refuseOvertaken(ctx, run);
  },
);

test('plans of an earlier version, which kept nothing of what they saw, are compared by their route and releases', async () => {
  const { ctx, files } = world();
  const migration = runRecord(
    OWN,
    plan([step('watchdog', { kind: 'watchdog.arm', input: { route: route(EARLIER, 0) } })], { locks: [ROUTER, APP] }),
  );
  files.set(ROUTE, route(EARLIER, 0));
  await refuseOvertaken(ctx, migration);
  files.set(ROUTE, route(LATER, 100, 2));
  await expect(refuseOvertaken(ctx, migration)).rejects.toThrow('was overtaken');
  const deployment = runRecord(OWN, plan([], { locks: [APP], facts: { previous: 'r1', release: 'r2' } }));
  for (const release of ['r1', 'r2']) {
    files.set(RECORD, record(EARLIER, release));
    await refuseOvertaken(ctx, deployment);
  }
  files.set(RECORD, record(LATER, 'r3'));
  await expect(refuseOvertaken(ctx, deployment)).rejects.toThrow('release r3');
});

test('of what an earlier version did not look at, where a service is placed is not compared', async () => {
  const { ctx, files } = world();
  const locks = [{ host: 'app', name: 'service-worker' }];
  files.set(PLACED, placed(LATER, 'vm'));
  await refuseOvertaken(ctx, runRecord(OWN, plan([], { locks, facts: { observed: { 'app/record/worker': null } } })));
});

test('a service with a route has no record of where it is placed, which is not asked for', async () => {
  const { ctx } = world();
  const { observed } = await observe(ctx, plan([], { locks: [APP] }));
  expect(Object.keys(observed)).toEqual(['app/record/m1']);
});

test('undo of a service that no route leads to goes by the chain of runs', async () => {
  const { ctx, files } = world();
  const undo = () =>
    restorePlacementStep.handler.mayUndo?.({
      ...{ ctx, runId: OWN, facts: {} },
      input: { service: 'worker', hosts: ['app'], record: placed(EARLIER, 'azure') },
    } as unknown as StepIo<OperationContext, never>);
  await undo();
  for (const run of [OWN, EARLIER]) {
    files.set(PLACED, placed(run, 'vm', 'azure'));
    await undo();
  }
  files.set(PLACED, placed(LATER, 'vm'));
  await expect(undo()).rejects.toMatchObject({ code: 'BUILT_ON', message: expect.stringContaining(LATER) as string });
});

test('undo goes by the chain of runs, not by the order of their ids', async () => {
  const { ctx, files } = world();
  const io = (facts: JsonObject): StepIo<OperationContext, never> =>
    ({
      ctx,
      runId: OWN,
      facts,
      input: { service: 'm1', host: 'app', restore: record(EARLIER, 'r1') },
    }) as unknown as StepIo<OperationContext, never>;
  const facts = { observed: { 'app/record/m1': record(EARLIER, 'r1') } };
  for (const run of [OWN, EARLIER]) {
    files.set(RECORD, record(run, 'r'));
    await activateStep.handler.mayUndo?.(io(facts));
  }
  files.set(RECORD, record(LATER, 'r3'));
  await expect(activateStep.handler.mayUndo?.(io(facts))).rejects.toMatchObject({ code: 'BUILT_ON' });
  // Its id is before that of this run, which proves nothing where the run could not look.
  const restore = { ...facts, unobserved: { 'app/record/m1': 'gone' }, observed: {} };
  await expect(activateStep.handler.mayUndo?.(io(restore))).rejects.toMatchObject({ code: 'BUILT_ON' });
});
