import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceRecord } from '../../../src/remote/release.js';
import type { TestFleet } from '../fleet.js';
import { pm2Apps, releasesOf, routeOf } from '../world.js';

const json = <T>(file: string): Promise<T | undefined> => readFile(file, 'utf8').then((text) => JSON.parse(text) as T, () => undefined);

/** Where m1 is and what runs of it, as the hosts themselves have it. */
export interface Snapshot {
  route: { placement: string; previous?: string; weights: Record<string, number>; inForce: boolean };
  releases: string[];
  /** The release that `current` points at. */
  current?: string;
  /** Link to the settings of the current release: with background triggers or without. */
  settings?: string;
  record?: Pick<ServiceRecord, 'release' | 'previous' | 'background'>;
  pm2: { name: string; status: string; release?: string }[];
  /** What a reboot brings back. */
  saved: { name: string; release?: string }[];
}

export async function snapshot(fleet: TestFleet): Promise<Snapshot> {
  const base = join(fleet.home('app-1'), 'fanops/services/m1');
  const record = await json<ServiceRecord>(join(base, 'service.json'));
  const current = (await readlink(join(base, 'current')).catch(() => '')).split('/').at(-1);
  const dump = await json<{ name: string; FANOPS_RELEASE?: string }[]>(join(fleet.home('app-1'), '.pm2/dump.pm2'));
  return {
    route: await routeOf(fleet),
    releases: await releasesOf(fleet),
    ...(current && { current, settings: await readlink(join(base, 'current/active.env')).catch(() => '') }),
    ...(record && { record: { release: record.release, background: record.background, ...(record.previous !== undefined && { previous: record.previous }) } }),
    pm2: (await pm2Apps(fleet)).map(({ name, pm2_env: e }) => ({ name, status: e.status, release: e.FANOPS_RELEASE })),
    saved: (dump ?? []).map((app) => ({ name: app.name, release: app.FANOPS_RELEASE })),
  };
}
