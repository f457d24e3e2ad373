import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { armWatchdog, disarmWatchdog, renewWatchdog, watchdogFiles } from '../../../src/remote/watchdog.js';
import { ROOT } from '../../helpers/cli.js';
import { until } from '../../helpers/until.js';

const exec = promisify(execFile);
const files = watchdogFiles('m1');

let home: string;
let direct: ChildProcess | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'watchdog-'));
  mkdirSync(join(home, files.dir), { recursive: true });
  copyFileSync(join(ROOT, 'templates/watchdog.sh'), join(home, files.program));
});
afterEach(async () => {
  direct?.kill('SIGKILL');
  direct = undefined;
  await run(disarmWatchdog('m1'));
  rmSync(home, { recursive: true, force: true });
});

const run = async ([command = '', ...args]: string[]): Promise<string> =>
  (await exec(command, args, { cwd: home })).stdout.trim();
const lease = (): string => readFileSync(join(home, files.dir, 'lease'), 'utf8');

test('it is armed, renewed and taken off, and puts nothing back', async () => {
  expect(await run(armWatchdog('m1', 20_000, ['touch', 'reverted']))).toBe('armed');
  expect(await run(renewWatchdog('m1'))).toBe('renewed');
  expect(await run(disarmWatchdog('m1'))).toBe('disarmed');
  expect(existsSync(join(home, 'reverted'))).toBe(false);
  expect(existsSync(join(home, files.dir))).toBe(false);
});

test('a watchdog that was killed is told at the next renewal: the traffic is not guarded any more', async () => {
  await run(armWatchdog('m1', 20_000, ['touch', 'reverted']));
  const pid = Number(readFileSync(join(home, files.dir, 'pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await until('its end', () => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
  expect(await run(renewWatchdog('m1'))).toBe('gone');
  expect(await run(disarmWatchdog('m1'))).toBe('disarmed');
});

test('renewals at the same time do not meet, and the lease can be read at any moment', async () => {
  await run(armWatchdog('m1', 20_000, ['touch', 'reverted']));
  const seen = new Set<boolean>();
  let going = true;
  const reading = (async () => {
    while (going) {
      seen.add(/^\d+\n$/.test(lease()));
      await new Promise(setImmediate);
    }
  })();
  const answers = await Promise.all(Array.from({ length: 60 }, () => run(renewWatchdog('m1'))));
  going = false;
  await reading;
  expect(new Set(answers)).toEqual(new Set(['renewed']));
  expect(seen).toEqual(new Set([true]));
});

test.each([
  ['back', -3600],
  ['forth', 3600],
])(
  'a clock of the host that is set %s by an hour neither keeps it from its work nor calls it',
  async (_how, seconds) => {
    // The clock is that of a `date` that stands first in the PATH.
    const bin = join(home, 'bin');
    mkdirSync(bin);
    const set = (by: number): void =>
      writeFileSync(join(bin, 'date'), `#!/bin/sh\necho $(( $(/bin/date +%s) + ${by} ))\n`, { mode: 0o755 });
    set(0);
    writeFileSync(join(home, files.dir, 'lease'), `${Math.floor(Date.now() / 1000)}\n`);
    direct = spawn('sh', [files.program, files.dir, '3', 'touch', 'reverted'], {
      cwd: home,
      stdio: 'ignore',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    });
    await until('the watchdog to run', () => existsSync(join(home, files.dir, 'pid')));
    const begun = performance.now();
    set(seconds);
    await until('the watchdog to put the route back', () => existsSync(join(home, files.dir, 'fired')));
    expect(performance.now() - begun).toBeGreaterThan(1500);
  },
);

test('a lease that cannot be read is taken as old as the last one that could, no older', async () => {
  writeFileSync(join(home, files.dir, 'lease'), '');
  const begun = performance.now();
  direct = spawn('sh', [files.program, files.dir, '2', 'touch', 'reverted'], { cwd: home, stdio: 'ignore' });
  await until('the watchdog to put the route back', () => existsSync(join(home, files.dir, 'fired')));
  expect(performance.now() - begun).toBeGreaterThan(1000);
  expect(existsSync(join(home, 'reverted'))).toBe(true);
  expect(await run(renewWatchdog('m1'))).toBe('fired');
});

test('while the old side does not answer it asks again, and it ends when it is taken off', async () => {
  const [program, asked] = [join(home, 'put.sh'), join(home, 'asked')];
  writeFileSync(
    program,
    `echo asked >> ${asked}; [ -e ${join(home, 'answers')} ] || exit 4; touch ${join(home, 'reverted')}`,
  );
  direct = spawn('sh', [files.program, files.dir, '1', 'sh', program], { cwd: home, stdio: 'ignore' });
  await until('the first attempt', () => existsSync(asked));
  expect([existsSync(join(home, 'reverted')), existsSync(join(home, files.dir, 'fired'))]).toEqual([false, false]);
  writeFileSync(join(home, 'answers'), '');
  await until('the way back', () => existsSync(join(home, files.dir, 'fired')), 15_000);
  expect(readFileSync(asked, 'utf8')).toBe('asked\nasked\n');

  rmSync(join(home, 'answers'));
  await run(armWatchdog('m1', 1000, ['sh', program]));
  await until('a third attempt', () => readFileSync(asked, 'utf8').split('asked').length > 3, 15_000);
  const pid = Number(readFileSync(join(home, files.dir, 'pid'), 'utf8'));
  expect(await run(disarmWatchdog('m1'))).toBe('fired');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
