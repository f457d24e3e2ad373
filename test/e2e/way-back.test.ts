import { statfs } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import { freeDisk, startGround, type Ground } from '../helpers/chaos/ground.js';
import { complaints } from '../helpers/chaos/oracle.js';
import { snapshot } from '../helpers/chaos/state.js';
import { fillDisk, killPm2 } from '../helpers/chaos/strike.js';
import type { LiveCli } from '../helpers/cli.js';
import { leftovers } from '../helpers/world.js';

let ground: Ground;
beforeAll(async () => {
  ground = await startGround('embedded');
  await ground.fleet.ok('migrate', 'm1', '--to', 'vm', '--steps', '100', '--yes');
}, 180_000);
afterAll(() => ground?.stop());
beforeEach((context) => {
  context.skip(!ground.disks, 'a disk cannot be mounted here: that takes root, or sudo without a password');
});

/** Starts a deploy; once it says a text, the daemon of PM2 dies and the disk of the app host is full. */
async function struck(text: string): Promise<{ live: LiveCli; runId: string }> {
  const live = ground.fleet.start('deploy', 'm1', '--yes');
  const { runId } = (await live.event((event) => event.type === 'run.started')) as { runId: string };
  await live.event((event) => JSON.stringify(event).includes(text));
  await killPm2(ground.fleet, 'app-1');
  await fillDisk(ground.fleet, 'app-1');
  return { live, runId };
}

const answer = async (): Promise<number> => (await fetch(`${ground.fleet.base}/api/flow/version`)).status;
const release = async (): Promise<unknown> => (await snapshot(ground.fleet)).pm2;

async function isAsBefore(before: unknown): Promise<void> {
  expect(await answer()).toBe(200);
  expect(await release()).toEqual(before);
}

/** With room again, all that tells of the service says the same, and the next deploy goes through. */
async function goesOn(): Promise<void> {
  await freeDisk(ground.fleet, 'app-1');
  expect(await leftovers(ground.fleet)).toEqual([]);
  await ground.fleet.json<DeployResult>('deploy', 'm1', '--yes');
  expect(await complaints(ground.fleet)).toEqual([]);
  expect(await answer()).toBe(200);
}

test(
  'runs undo of a deploy brings the release before back on a disk that is full, with PM2 dead',
  { timeout: 180_000 },
  async () => {
    const before = await release();
    const { live, runId } = await struck('swapping the workers');
    live.child.kill('SIGKILL');
    await live.ended;
    expect((await statfs(ground.fleet.home('app-1'))).bavail, 'room on the disk').toBe(0);
    await ground.fleet.ok('runs', 'undo', runId, '--yes');
    await isAsBefore(before);
    await goesOn();
  },
);

test(
  'a deploy whose trial meets a full disk and a dead PM2 brings what ran before back by itself',
  { timeout: 180_000 },
  async () => {
    const before = await release();
    const { live, runId } = await struck('letting PM2 try it');
    const { code, stderr } = await live.ended;
    expect(code).toBe(1);
    expect(stderr).not.toContain('could not be brought back');
    await isAsBefore(before);
    await ground.fleet.ok('runs', 'undo', runId, '--yes');
    await isAsBefore(before);
    await goesOn();
  },
);
