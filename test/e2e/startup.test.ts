import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, ROOT, type CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

/** Notes every module that is loaded, ESM or CommonJS. */
const COUNTER = `
import { registerHooks } from 'node:module';
import { writeFileSync } from 'node:fs';
const seen = new Set();
registerHooks({ load(url, context, next) { seen.add(url); return next(url, context); } });
process.on('exit', () => writeFileSync(process.env.MODULES_FILE, JSON.stringify([...seen])));
`;

let fleet: TestFleet;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fanops-startup-'));
  writeFileSync(join(dir, 'counter.mjs'), COUNTER);
  fleet = await startFleet();
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await fleet.stop();
});

/** The modules that a command loads: built-in ones by name, packages and own files by path below the clone. */
async function modulesOf(...args: string[]): Promise<{ files: string[]; packages: Set<string>; builtin: Set<string>; result: CliResult }> {
  const report = join(dir, 'modules.json');
  const env = { ...fleet.env, MODULES_FILE: report, NODE_OPTIONS: `--import=${pathToFileURL(join(dir, 'counter.mjs')).href}` };
  const result = await cli(args, { cwd: fleet.dir, env });
  const urls = JSON.parse(readFileSync(report, 'utf8')) as string[];
  const files = urls.filter((url) => url.startsWith('file:')).map((url) => url.replace(pathToFileURL(ROOT).href, ''));
  const packages = files.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined);
  return { files, packages: new Set(packages), builtin: new Set(urls.filter((url) => url.startsWith('node:'))), result };
}

const HEAVY = ['zod', 'yaml', 'listr2', 'node-ssh', 'ssh2', 'execa', 'tar', 'chalk', 'cli-table3', '@inquirer/prompts', '@inquirer/core'];
const isCloudSdk = (name: string): boolean => /^(@aws-sdk|@smithy|@azure|@google-cloud|googleapis)/.test(name);

test('--version is answered before anything else is loaded', async () => {
  const { files, result } = await modulesOf('--version');
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toMatch(/^fanops\/\d+\.\d+\.\d+ /);
  expect(files).toEqual(['bin/run.js']);
});

test.each([['--help'], ['migrate --help'], ['runs show --help']])('%s loads oclif and nothing that works', async (line) => {
  const { files, packages, builtin, result } = await modulesOf(...line.split(' '));
  expect(result.code).toBe(0);
  expect([...packages].filter((name) => HEAVY.includes(name) || isCloudSdk(name))).toEqual([]);
  expect(builtin).not.toContain('node:sqlite');
  // The manifest says all that help tells: no command is loaded, and oclif is one file.
  expect(files).toEqual(['bin/run.js', 'dist/oclif.js', 'dist/help.js', 'dist/ui/width.js']);
  expect([...packages]).not.toContain('@oclif/core');
});

test('status loads no progress, no questions, and no parser for a fleet file that was found right before', async () => {
  await fleet.ok('status');
  const { files, packages, result } = await modulesOf('status', '--json');
  expect(result.code).toBe(0);
  const useless = ['listr2', 'chalk', 'zod', 'yaml', 'execa', 'tar', '@inquirer/prompts', '@inquirer/core'];
  expect([...packages].filter((name) => useless.includes(name) || isCloudSdk(name))).toEqual([]);
  expect(packages).toContain('node-ssh');
  expect([...packages]).not.toContain('@oclif/core');
  expect(files.length).toBeLessThan(160);
});

test.each([['--help'], ['status --help'], ['help status']])('%s into a pipe whose reader goes ends quietly', async (line) => {
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...line.split(' ')], { cwd: fleet.dir, env: fleet.env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, said: said.join('') }).toEqual({ code: 0, said: '' });
});

test('a list of runs opens no connection', async () => {
  const { packages, files } = await modulesOf('runs', 'list', '--json');
  expect([...packages].filter((name) => ['listr2', 'zod', 'yaml', 'node-ssh', 'ssh2', '@inquirer/prompts'].includes(name))).toEqual([]);
  expect(files.length).toBeLessThan(80);
});

test('a fleet file that changed is checked again', async () => {
  const file = join(fleet.dir, 'fanops.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text}nonsense: 1\n`);
  const broken = await fleet.cli('status', '--json');
  expect(broken.code).toBe(2);
  expect(broken.stdout).toContain('nonsense');
  writeFileSync(file, text);
  expect((await modulesOf('status', '--json')).result.code).toBe(0);
});
