import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { ServiceRecord } from '../../src/remote/release.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
beforeAll(async () => {
  fleet = await startFleet();
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }, { path: '/api/flow/status?stadiumId=rabat' }], perSecond: 50 });
  await fleet.ok('migrate', 'm1', '--yes', '--hold', '500ms');
});
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

const app = (name: string): string => join(fleet.home('app-1'), 'fanops/services/m1', name);
const record = async (): Promise<ServiceRecord> => JSON.parse(await readFile(app('service.json'), 'utf8')) as ServiceRecord;

/** Arguments that PM2 runs the service with. */
async function args(): Promise<string[]> {
  const { stdout } = await fleet.ok('exec', 'app-1', '--', 'pm2', 'jlist');
  const apps = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as { pm2_env: { args: string[] } }[];
  return apps[0]?.pm2_env.args ?? [];
}

async function edit(from: string | RegExp, to: string): Promise<void> {
  const file = join(fleet.dir, 'fanops.yaml');
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(from);
  await writeFile(file, text.replace(from, to));
}

test('a rollback of a deploy starts the old release with its own arguments, also when keys and instances were added since; undo brings them back', async () => {
  const first = (await record()).release;
  await writeFile(join(fleet.dir, 'keys.json'), JSON.stringify({ masterKey: 'm', functionKeys: { default: 'f' }, systemKeys: {} }), { mode: 0o600 });
  await edit('    placements:', '    keys: file:keys.json\n    placements:');
  await edit(/(host: app-1, port: \d+)/, '$1, instances: 2');
  const second = await fleet.json<DeployResult>('deploy', 'm1', '--yes');
  expect(await args()).toContain('--keys');
  const back = await fleet.json<DeployResult>('deploy', 'rollback', 'm1', '--yes');
  expect(back.release).toBe(first);
  expect(await args()).not.toContain('--keys');
  await fleet.ok('runs', 'undo', back.run, '--yes');
  expect((await record()).release).toBe(second.release);
  expect(await args()).toContain('--keys');
  // A release of the version before has no file of its arguments.
  await rm(app(`releases/${first}/process.json`));
  await fleet.ok('deploy', 'rollback', 'm1', '--yes');
  expect(await args()).not.toContain('--keys');
  await fleet.ok('deploy', 'm1', '--yes');
  expect(failures(load.samples)).toEqual([]);
});
