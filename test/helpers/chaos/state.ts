import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Route } from '../../../src/kit/route.js';
import type { ServiceRecord } from '../../../src/remote/release.js';
import type { TestFleet } from '../fleet.js';
import { pm2Apps, releasesOf, routeOf } from '../world.js';

const json = <T>(file: string): Promise<T | undefined> =>
  readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as T,
    () => undefined,
  );

/** Where m1 is and what runs of it, as the hosts themselves have it. */
export interface Snapshot {
  route: {
    placement: string;
    previous?: string;
    weights: Record<string, number>;
    inForce: boolean;
    urls: Record<string, string>;
    health?: Route['health'];
  };
  /** What the router is to run, and what runs. */
  router: { engine?: string; mark?: string; trustedProxies?: string[]; running?: string; inForce?: string };
  releases: string[];
  /** The release that `current` points at. */
  current?: string;
  /** Link to the settings of the current release: with background triggers or without. */
  settings?: string;
  record?: Pick<ServiceRecord, 'release' | 'previous' | 'background' | 'port'>;
  pm2: { name: string; status: string; release?: string }[];
  /** What a reboot brings back. */
  saved: { name: string; release?: string }[];
}

async function routerOf(fleet: TestFleet): Promise<Pick<Snapshot, 'route' | 'router'>> {
  const dir = join(fleet.home('router-1'), 'fanops/router');
  const route = await json<Route>(join(dir, 'routes/m1.json'));
  const settings = await json<{ engine: string; mark: string; trustedProxies?: string[] }>(join(dir, 'router.json'));
  const running = await json<{ engine: string }>(join(dir, 'holder.json'));
  const applied = await json<{ mark: string }>(join(dir, 'applied.json'));
  return {
    route: {
      ...(await routeOf(fleet)),
      urls: Object.fromEntries(route?.placements.map(({ name, url }) => [name, url]) ?? []),
      health: route?.health,
    },
    router: {
      engine: settings?.engine,
      mark: settings?.mark,
      trustedProxies: settings?.trustedProxies,
      running: running?.engine,
      inForce: applied?.mark,
    },
  };
}

export async function snapshot(fleet: TestFleet): Promise<Snapshot> {
  const base = join(fleet.home('app-1'), 'fanops/services/m1');
  const record = await json<ServiceRecord>(join(base, 'service.json'));
  const current = (await readlink(join(base, 'current')).catch(() => '')).split('/').at(-1);
  const dump = await json<{ name: string; FANOPS_RELEASE?: string }[]>(join(fleet.home('app-1'), '.pm2/dump.pm2'));
  return {
    ...(await routerOf(fleet)),
    releases: await releasesOf(fleet),
    ...(current && { current, settings: await readlink(join(base, 'current/active.env')).catch(() => '') }),
    ...(record && {
      record: {
        release: record.release,
        background: record.background,
        port: record.port,
        ...(record.previous !== undefined && { previous: record.previous }),
      },
    }),
    pm2: (await pm2Apps(fleet)).map(({ name, pm2_env: e }) => ({ name, status: e.status, release: e.FANOPS_RELEASE })),
    saved: (dump ?? []).map((app) => ({ name: app.name, release: app.FANOPS_RELEASE })),
  };
}
