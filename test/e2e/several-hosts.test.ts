import { writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { freePorts } from '../helpers/ports.js';
import { until } from '../helpers/until.js';
import { pm2Apps } from '../helpers/world.js';

const HOSTS = ['app-1', 'app-2', 'app-3'] as const;
let fleet: TestFleet;
let ports: number[];

beforeAll(async () => {
  ports = await freePorts(3);
  fleet = await startFleet({
    file: (text) =>
      text
        .replace(
          '  app-1: { provider: local, roles: [app] }\n',
          HOSTS.map((host) => `  ${host}: { provider: local, roles: [app] }\n`).join(''),
        )
        .replace(
          / {6}vm: .*\n/,
          `      vms: { platform: pm2, port: ${ports[0]}, hosts: [app-1, ${further(1)}, ${further(2)}] }\n`,
        ),
  });
}, 180_000);
afterAll(() => fleet?.stop());

const further = (index: 1 | 2): string => `{ host: ${HOSTS[index]}, port: ${ports[index]} }`;

/** GETs on schedule while something happens. @returns those that got no good answer */
async function underLoad(work: () => Promise<unknown>): Promise<string[]> {
  const paths = [{ path: '/api/flow/version' }];
  const load = startLoad({ base: fleet.base, paths, perSecond: 40 });
  await work();
  return failures(await load.stop()).map(
    ({ at, status, error }) => `${new Date(at).toISOString()} ${status} ${error ?? ''}`,
  );
}

/** Releases that run on hosts, by their PM2. */
const releasesOn = async (...hosts: string[]): Promise<string[][]> =>
  Promise.all(
    hosts.map(async (host) => [
      ...new Set((await pm2Apps(fleet, host)).map(({ pm2_env }) => String(pm2_env.FANOPS_RELEASE))),
    ]),
  );

const releases = (): Promise<string[][]> => releasesOn(...HOSTS);

/** Hosts of these on which timers and queue triggers run, by their records. */
async function working(...hosts: string[]): Promise<string[]> {
  const records = await Promise.all(
    hosts.map(async (host) => {
      const text = await readFile(join(fleet.home(host), 'fanops/services/m1/service.json'), 'utf8');
      return [host, JSON.parse(text) as { background: boolean }] as const;
    }),
  );
  return records.filter(([, { background }]) => background).map(([host]) => host);
}

/** Which hosts answered the last requests, by the router's log. */
async function targetsSeen(): Promise<string[]> {
  const log = await readFile(join(fleet.home('router-1'), 'fanops/router/access.log'), 'utf8');
  const lines = log.trim().split('\n').slice(-60);
  return [...new Set(lines.map((line) => (JSON.parse(line) as { target?: string }).target ?? 'none'))].sort();
}

test(
  'a migration to three hosts and a deploy lose no request, and the router spreads requests over all of them',
  { timeout: 300_000 },
  async () => {
    const failed = await underLoad(() => fleet.ok('migrate', 'm1', '--to', 'vms', '--steps', '50,100', '--yes'));
    expect(failed).toEqual([]);
    await writeFile(join(fleet.dir, 'm1/new.txt'), 'another release');
    const deployed = await (async () => {
      let result: DeployResult | undefined;
      expect(await underLoad(async () => (result = await fleet.json<DeployResult>('deploy', 'm1', '--yes')))).toEqual(
        [],
      );
      return result!;
    })();
    expect(await releases()).toEqual(HOSTS.map(() => [deployed.release]));
    expect(await targetsSeen()).toEqual([...HOSTS]);
  },
);

test(
  'one of three hosts dies under load: no GET is lost, and it gets requests again when it is back',
  { timeout: 240_000 },
  async () => {
    const failed = await underLoad(async () => {
      await fleet.ok('exec', 'app-2', '--', 'pm2', 'kill');
      await until('app-2 to get no requests', async () => !(await targetsSeen()).includes('app-2'), 30_000);
      await fleet.ok('exec', 'app-2', '--', 'pm2', 'resurrect');
      await until('requests on app-2', async () => (await targetsSeen()).includes('app-2'), 30_000);
    });
    expect(failed).toEqual([]);
  },
);

test(
  'a deploy is refused while a host of the placement does not answer, goes without it when told to, and takes it along again',
  { timeout: 240_000 },
  async () => {
    const before = await releases();
    // The one with the background work.
    await fleet.ok('host', 'stop', 'app-1', '--force', '--yes');
    const { code, stderr } = await fleet.cli('deploy', 'm1', '--yes');
    expect([code, stderr]).toEqual([5, expect.stringContaining('app-1')]);
    expect(await releasesOn('app-2', 'app-3')).toEqual(before.slice(1));
    const failed = await underLoad(async () => {
      const { release } = await fleet.json<DeployResult>('deploy', 'm1', '--without', 'app-1', '--yes');
      expect(await working('app-2', 'app-3')).toEqual(['app-2']);
      await fleet.ok('host', 'start', 'app-1', '--yes');
      expect(await releases()).toEqual([before[0], [release], [release]]);
      await until('good answers of all but app-1', async () => (await targetsSeen()).length === 2, 15_000);
      const { stdout } = await fleet.cli('doctor');
      expect(stdout).toContain('nobody is sent to app-1');
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain('timers and queue triggers of m1 run here and on app-2');
      const again = await fleet.json<DeployResult>('deploy', 'm1', '--yes');
      expect(await releases()).toEqual(HOSTS.map(() => [again.release]));
      await until('requests on app-1', async () => (await targetsSeen()).includes('app-1'), 15_000);
      expect(await working(...HOSTS)).toEqual(['app-1']);
    });
    expect(failed).toEqual([]);
    const { services } = await fleet.json<StatusResult>('status');
    expect(services.map(({ placement }) => placement)).toEqual(['vms']);
  },
);

test('a rollback of the deploy and of the migration take all hosts along', { timeout: 240_000 }, async () => {
  const [first] = await releases();
  expect(await underLoad(() => fleet.ok('deploy', 'rollback', 'm1', '--yes'))).toEqual([]);
  const back = await releases();
  expect(back).toEqual(HOSTS.map(() => back[0]));
  expect(back[0]).not.toEqual(first);
  expect(await underLoad(() => fleet.ok('migrate', 'rollback', 'm1', '--yes'))).toEqual([]);
  expect(await releases()).toEqual([[], [], []]);
});
