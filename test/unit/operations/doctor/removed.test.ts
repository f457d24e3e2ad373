import { afterEach, expect, test } from 'vitest';
import { removedChecks } from '../../../../src/operations/doctor/removed.js';
import { RemoteError } from '../../../../src/core/errors.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext, MemoryCloud, withTransport } from '../../../helpers/host-context.js';
import { plan, runRecord } from '../../../helpers/runs.js';

const FLEET = `
fleet: f
hosts:
  made: { provider: aws, roles: [app] }
  ours: { address: 10.0.0.2, roles: [app] }
  edge: { address: 10.0.0.3, roles: [router] }
router: { host: edge, listen: 8080 }
services:
  m1: { source: ./m1, route: { path: / }, placements: { vm: { platform: pm2, host: made, port: 3000 } } }
`;
const RUN = '20260102-000000-run01';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

interface Hosted {
  /** Services under PM2. */
  pm2?: string[];
  /** Lines of `docker ps`; absent where there is no Docker. */
  docker?: object[];
  /** Services that the router has a route of; absent where its host does not answer. */
  routed?: string[] | null;
}

/** What doctor says of a host that has these. */
async function found(host: string, { pm2 = [], docker, routed = [] }: Hosted, knows: string[] = []) {
  const { ctx: base, dispose } = hostContext(FLEET, { aws: new MemoryCloud('aws', 'f') });
  open.push(dispose);
  const store = await base.state.store();
  for (const run of knows) await store.createRun(runRecord(run, plan([])));
  const transport = {
    async run({ argv }: { argv: string[] }) {
      const stdout =
        argv[0] === 'docker' ? docker?.map((each) => JSON.stringify(each)) : pm2.map((each) => `service ${each}`);
      const code = stdout === undefined ? 127 : 0;
      return { code, signal: null, stdout: [...(stdout ?? []), ''].join('\n'), stderr: '' };
    },
    async getFile(path: string) {
      const [service] = /routes/.test(path)
        ? (routed ?? []).filter((each) => path.endsWith(`/${each}.json`))
        : pm2.filter((each) => path.includes(`/${each}/`));
      const record = { service, release: 'R1', background: true, port: 3000, run: RUN, at: '2026-11-30T00:00:00.000Z' };
      const placed = { name: 'vm', url: 'http://10.0.0.1:3000', weight: 100 };
      const route = {
        service,
        version: 1,
        fence: 1,
        path: '/',
        placement: 'vm',
        placements: [placed],
        run: RUN,
        at: '',
      };
      return service && Buffer.from(JSON.stringify(/routes/.test(path) ? route : record));
    },
  } as unknown as Transport;
  const ctx = withTransport(base, async (at) => {
    if (at === 'edge' && routed === null)
      throw new RemoteError('edge does not answer.', { host: at, code: 'UNREACHABLE' });
    return transport;
  });
  return removedChecks(ctx, await ctx.fleet(), host);
}

test('what still runs of a service that left the fleet file is told with the command that ends it', async () => {
  expect(await found('made', { pm2: ['m1', 'm9'] })).toEqual([
    {
      id: 'host/made/removed/m9',
      title: 'Host made runs services of the fleet file only',
      state: 'warn',
      detail: 'm9 is not in the fleet file and is left over here: release R1 under PM2',
      fix:
        "fanops exec made -- sh -c 'pm2 delete m9; pm2 save --force; " +
        "rm fanops/services/m9/service.json fanops/services/m9/ecosystem.json'",
    },
  ]);
  expect(await found('made', { pm2: ['m1'] })).toEqual([]);
});

test('while the router sends it requests, its route is to be removed first', async () => {
  expect(await found('made', { pm2: ['m9'], routed: ['m9'] })).toMatchObject([
    { state: 'warn', detail: expect.stringContaining('still sends it requests') as string, fix: 'fanops router apply' },
  ]);
});

test('while the router does not answer, nothing is told to be ended', async () => {
  expect(await found('made', { pm2: ['m9'], routed: null })).toMatchObject([
    { state: 'warn', detail: expect.stringContaining('cannot be told') as string, fix: 'fanops router show' },
  ]);
});

test('containers are known by the labels of the fleet', async () => {
  const container = (name: string) => ({
    ...{ Names: name, Image: 'i', State: 'running', Ports: '' },
    Labels: `io.fanops.fleet=f,io.fanops.service=m9,io.fanops.host=ours,io.fanops.run=${RUN}`,
  });
  expect(await found('ours', { docker: [container('fanops-m9-R1'), container('fanops-m9-proxy-3000')] })).toMatchObject(
    [
      {
        detail: 'm9 is not in the fleet file and is left over here: containers fanops-m9-R1, fanops-m9-proxy-3000',
        fix:
          "fanops exec ours -- sh -c 'docker rm --force fanops-m9-R1 fanops-m9-proxy-3000; " +
          "rm -f fanops/services/m9/service.json'",
      },
    ],
  );
});

test('on a machine that others may use as well, only what a run of this clone brought is taken for left over', async () => {
  expect(await found('ours', { pm2: ['m9'] })).toEqual([]);
  expect(await found('ours', { pm2: ['m9'] }, [RUN])).toMatchObject([{ id: 'host/ours/removed/m9' }]);
});
