import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { ROOT, cli } from '../helpers/cli.js';
import { startFleet } from '../helpers/fleet.js';

const exec = promisify(execFile);
/** What an installation may weigh, in MiB. */
const MOST = 120;

let dir: string;
let modules: string;

/** What a user does who has no clone: the package as it is published, into a folder of its own. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fanops-install-'));
  const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir], {
    cwd: ROOT,
    maxBuffer: 16 << 20,
  });
  const packed = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>;
  const name = Object.values(packed)[0]?.filename ?? '';
  await exec('npm', ['install', '--global', '--prefix', dir, '--no-audit', '--no-fund', join(dir, name)]);
  modules = join(dir, 'lib/node_modules');
}, 180_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

test(`an installation weighs at most ${MOST} MiB, has the licences of what it carries, and no SDK as a package`, async () => {
  const { stdout } = await exec('du', ['-sk', modules]);
  const weight = Number(stdout.split('\t')[0]) / 1024;
  console.log(`installed: ${weight.toFixed(0)} MiB`);
  expect(weight).toBeLessThan(MOST);
  const licences = await readFile(join(modules, 'fanops/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['@aws-sdk/client-ec2', '@azure/arm-compute', '@google-cloud/compute', '@oclif/core'])
    expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
  await expect(exec('ls', [join(modules, 'fanops/node_modules/@aws-sdk')])).rejects.toThrow('No such file');
});

test(
  'init, provision and a first migration with the installed program, and no clone',
  { timeout: 240_000 },
  async () => {
    const program = join(modules, 'fanops/bin/run.js');
    const fresh = join(dir, 'fresh');
    await mkdir(fresh);
    const init = await cli(['init', '--provider', 'local', '--yes'], { cwd: fresh, program });
    expect([init.code, init.stderr]).toEqual([0, expect.any(String)]);
    expect((await cli(['config', 'show', '--json'], { cwd: fresh, program })).code).toBe(0);

    const fleet = await startFleet({ program });
    try {
      const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
      const moved = await fleet.json<MigrateResult>('migrate', 'm1', '--to', 'vm', '--yes');
      expect(failures(await load.stop())).toEqual([]);
      expect(moved.to).toBe('vm');
      const { services } = await fleet.json<StatusResult>('status');
      expect(services.map(({ placement }) => placement)).toEqual(['vm']);
    } finally {
      await fleet.stop();
    }
  },
);
