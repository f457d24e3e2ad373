import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, cleanEnv, cli, type CliResult } from '../helpers/cli.js';
import { smallDisk, type SmallDisk } from '../helpers/small-disk.js';

const dir = mkdtempSync(join(tmpdir(), 'fo-full-'));
const small = smallDisk(dir);
const FLEET = 'fleet: full\nhosts:\n  a-1: { address: 127.0.0.1, port: 1, user: x, roles: [app] }\n';
const fanops = (args: string[], env: NodeJS.ProcessEnv = {}, cwd = dir): Promise<CliResult> =>
  cli(args, { cwd, env: { HOME: dir, ...env } });
const said = (result: CliResult): string => result.stderr.replaceAll(/\s+/g, ' ');

test('host sweep refuses a run whose id is a path, before anything is asked or written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fo-sweep-'));
  try {
    writeFileSync(join(folder, 'fanops.yaml'), FLEET);
    for (const run of ['../x', '/etc/passwd', 'a/b', '..']) {
      const result = await fanops(['host', 'sweep', '--run', run, '--yes'], {}, folder);
      expect(result.code, result.stderr).toBe(2);
      expect(said(result)).toContain(run);
    }
    expect(readdirSync(folder)).toEqual(['fanops.yaml']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('doctor names old copies of apps in the cache, and removes them with --fix', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fo-cache-'));
  try {
    writeFileSync(join(folder, 'fanops.yaml'), FLEET);
    await fanops(['runs', 'list'], {}, folder);
    const copies = join(folder, '.fanops/cache/apps');
    for (let number = 1; number <= 5; number += 1)
      mkdirSync(join(copies, `m1-000000000000000${number}`), { recursive: true });
    const checks = async (...args: string[]) =>
      JSON.parse((await fanops(['doctor', '--json', ...args], {}, folder)).stdout) as {
        checks: { id: string; state: string; detail: string }[];
        mended?: { title: string; problem?: string }[];
      };
    expect((await checks()).checks).toContainEqual(
      expect.objectContaining({ id: 'here/cache', state: 'warn', detail: `2 old copies of apps in ${copies}` }),
    );
    const { mended, checks: after } = await checks('--fix', '--yes');
    expect(mended).toEqual([{ title: `Remove 2 old copies of apps from ${copies}` }]);
    expect(after.find(({ id }) => id === 'here/cache')?.state).toBe('ok');
    expect(readdirSync(copies)).toHaveLength(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Small disks take root: elsewhere these cases do not exist. */
describe.runIf(small !== undefined)('a full disk of the control machine is told by commands', () => {
  const disk = small as SmallDisk;
  const FULL = /The disk of this machine is full: (\S+) cannot be written \((?:0|\d{1,4}) bytes free\)\./;
  beforeAll(() => writeFileSync(join(dir, 'fanops.yaml'), FLEET));
  afterEach(() => disk.free());
  afterAll(() => {
    disk.unmount();
    rmSync(dir, { recursive: true, force: true });
  });

  test('a fleet file that init cannot write is named, and half of one does not stay', async () => {
    const folder = join(dir, 'new');
    mkdirSync(folder);
    disk.fill();
    const result = await fanops(['init', '--yes', '--name', 'n'], {}, folder);
    expect(result.code, result.stderr).toBe(1);
    expect(FULL.exec(said(result))?.[1]).toBe(join(folder, 'fanops.yaml'));
    expect(existsSync(join(folder, 'fanops.yaml'))).toBe(false);
  });

  test("the state folder, the user's records and the run store are named, with what to do", async () => {
    disk.fill();
    const state = await fanops(['runs', 'list']);
    expect(state.code, state.stderr).toBe(1);
    expect(FULL.exec(said(state))?.[1]).toBe(join(dir, '.fanops'));
    expect(said(state)).toContain('Free space there (df -h');
    const records = await fanops(['runs', 'list'], { XDG_STATE_HOME: join(dir, 'xdg') });
    expect(FULL.exec(said(records))?.[1]).toContain(join(dir, 'xdg'));
    disk.free();
    expect((await fanops(['runs', 'list'])).code).toBe(0);
    disk.fill();
    const doctor = await fanops(['doctor', '--json']);
    const { checks } = JSON.parse(doctor.stdout) as {
      checks: { id: string; state: string; detail: string; fix?: string }[];
    };
    expect(checks.find(({ id }) => id === 'here/state')).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(FULL) as string,
      fix: expect.stringContaining('Free space there') as string,
    });
  });
});

test.runIf(existsSync('/dev/full'))('a result that cannot be written where it was sent is no success', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fo-output-'));
  writeFileSync(join(folder, 'fanops.yaml'), FLEET);
  const line = 'exec "$0" "$1" config show --json > /dev/full';
  const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, `${ROOT}bin/run.js`], {
    encoding: 'utf8',
    env: cleanEnv({ HOME: folder }),
    cwd: folder,
  });
  rmSync(folder, { recursive: true });
  expect(status, stderr).toBe(1);
  expect(stderr).toContain('Error: The output cannot be written: its disk is full.');
});
