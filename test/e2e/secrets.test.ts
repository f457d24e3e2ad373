import { lstatSync, readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import { lastRun, useApp } from '../helpers/app.js';
import type { CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

/** No part of this may be found anywhere but in the files of the release that only the login may read. */
const MARK = 'pl4nted-v4lue';
const SECRET = `${MARK}-"quoted" $HOME \\back\\ ${'x'.repeat(20)}-${MARK}`;

let fleet: TestFleet;
const output: string[] = [];
const commandLines = new Set<string>();
const watching = new AbortController();
let watch: Promise<void>;

beforeAll(async () => {
  fleet = await startFleet({
    file: (text) => text.replace('    settings:\n', '    settings:\n      PLANTED: file:planted\n'),
  });
  await writeFile(join(fleet.dir, 'planted'), SECRET, { mode: 0o600 });
  watch = sampleCommandLines();
});
afterAll(async () => {
  watching.abort();
  await watch;
  await fleet?.stop();
});

/** Remembers the command line of every process that it sees. */
async function sampleCommandLines(): Promise<void> {
  const known = new Set<string>();
  while (process.platform === 'linux' && !watching.signal.aborted) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !known.has(name))) {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        if (line !== '') commandLines.add(line);
      } catch {
        // Ended meanwhile.
      }
    }
    await sleep(15);
  }
}

async function run(...args: string[]): Promise<CliResult> {
  const result = await fleet.cli(...args);
  output.push(result.stdout, result.stderr);
  return result;
}

/** Files below a folder that hold the mark, relative to it; links are not followed. */
function filesWithMark(dir: string): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    const info = lstatSync(path);
    if (info.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name));
    else if (info.isFile() && readFileSync(path).includes(MARK))
      found.push(`${relative(dir, path)} ${(info.mode & 0o777).toString(8)}`);
  };
  walk(dir);
  return found;
}

const releaseFiles = /^h\/test\/app-1\/home\/fanops\/services\/m1\/releases\/[^/]+\/(on|quiet)\.env 600$/;

test('a secret setting is nowhere but in the files of its release, after a migration, a deploy and an undo', async () => {
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 30 });
  const live = fleet.start('migrate', 'm1', '--yes', '--hold', '500ms', '--json');
  const migrated = await live.ended;
  output.push(migrated.stdout, migrated.stderr);
  expect(migrated.code, migrated.stderr).toBe(0);
  expect((await run('deploy', 'm1', '--yes', '--progress', 'plain')).code).toBe(0);
  const files = filesWithMark(fleet.dir).filter((file) => file !== 'planted 600');
  expect(files).toHaveLength(4);
  for (const file of files) expect(file).toMatch(releaseFiles);
  for (const args of [
    ['exec', 'app-1', '--', 'pm2', 'jlist'],
    ['runs', 'list', '--json'],
    ['runs', 'show', (await lastRun(fleet))?.id ?? '', '--events'],
    ['logs', 'm1'],
    ['status', '--json'],
    ['migrate', 'm1', '--to', 'vm', '--dry-run', '--json'],
  ]) {
    expect((await run(...args)).code).toBe(0);
  }
  expect(readFileSync(join(fleet.home('app-1'), '.pm2/dump.pm2'), 'utf8')).toContain('m1');
  expect((await run('migrate', 'rollback', 'm1', '--yes')).code).toBe(0);
  await load.stop();
});

test('an app that prints its secret as it fails does not bring it into output, journal or evidence, nor when the run is resumed', async () => {
  await useApp(fleet, 'crashes-on-start');
  const failed = await run('migrate', 'm1', '--yes');
  expect(failed.code).toBe(1);
  // The host on the machine masks by the name of the setting; fanops itself would put [secret].
  expect(failed.stderr).toContain('the plan of the stadium cannot be opened with [PLANTED]');
  const id = (await lastRun(fleet))?.id ?? '';
  const resumed = await run('runs', 'resume', id, '--json');
  expect(resumed.code).toBe(1);
  expect(resumed.stdout).toContain('the plan of the stadium cannot be opened with [PLANTED]');
  await run('runs', 'show', id, '--events');
  expect((await run('runs', 'undo', id, '--yes')).code).toBe(0);
  for (const file of filesWithMark(fleet.dir).filter((each) => each !== 'planted 600'))
    expect(file).toMatch(releaseFiles);
});

test('nothing that was printed and no command line held any of it', () => {
  console.log(
    `${output.join('').length} characters of output and ${commandLines.size} command lines were looked through`,
  );
  expect(output.filter((text) => text.includes(MARK))).toEqual([]);
  expect([...commandLines].filter((line) => line.includes(MARK) || line.includes('AccountKey='))).toEqual([]);
});
