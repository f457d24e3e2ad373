import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identity } from '../helpers/azure-stub/login.js';
import { cli, ROOT, type CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { serviceAccount } from '../helpers/gcp.js';

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

interface Loaded {
  files: string[];
  packages: Set<string>;
  builtin: Set<string>;
  result: CliResult;
}

/** The modules that a command loads: built-in ones by name, packages and own files by path below the clone. */
const modulesOf = (...args: string[]): Promise<Loaded> => modulesIn(fleet.dir, fleet.env, ...args);

async function modulesIn(cwd: string, environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Loaded> {
  const report = join(dir, 'modules.json');
  rmSync(report, { force: true });
  const env = {
    ...environment,
    MODULES_FILE: report,
    NODE_OPTIONS: `--import=${pathToFileURL(join(dir, 'counter.mjs')).href}`,
  };
  const result = await cli(args, { cwd, env });
  const urls = JSON.parse(readFileSync(report, 'utf8')) as string[];
  const files = urls.filter((url) => url.startsWith('file:')).map((url) => url.replace(pathToFileURL(ROOT).href, ''));
  const packages = files
    .map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
    .filter((name) => name !== undefined);
  return {
    files,
    packages: new Set(packages),
    builtin: new Set(urls.filter((url) => url.startsWith('node:'))),
    result,
  };
}

const HEAVY = [
  'zod',
  'yaml',
  'listr2',
  'node-ssh',
  'ssh2',
  'execa',
  'tar',
  'chalk',
  'cli-table3',
  '@inquirer/prompts',
  '@inquirer/core',
];
/** All commands, by the manifest that the build writes. */
function documented(): string[] {
  const { commands } = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, { pluginName: string }>;
  };
  return Object.entries(commands)
    .filter(([, { pluginName }]) => pluginName === 'fanops')
    .map(([id]) => id.replaceAll(':', ' '));
}

const isCloudSdk = (name: string): boolean =>
  /^(@aws|@smithy|@azure|@google-cloud|google-|gaxios|gtoken|googleapis)/.test(name);

/** The clouds whose SDK was loaded: it is one file of the build. Packages of an SDK are not loaded at all. */
const sdksOf = ({ files, packages }: Loaded): string[] => [
  ...files.flatMap((file) => /^dist\/providers\/(.*)\/clients\.js$/.exec(file)?.[1] ?? []),
  ...[...packages].filter(isCloudSdk),
];

test('--version is answered before anything else is loaded', async () => {
  const { files, result } = await modulesOf('--version');
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toMatch(/^fanops\/\d+\.\d+\.\d+ /);
  expect(files).toEqual(['bin/run.js']);
});

test.each([['--help'], ['migrate --help'], ['runs show --help']])(
  '%s loads oclif and nothing that works',
  async (line) => {
    const { files, packages, builtin, result } = await modulesOf(...line.split(' '));
    expect(result.code).toBe(0);
    expect([...packages].filter((name) => HEAVY.includes(name) || isCloudSdk(name))).toEqual([]);
    expect(builtin).not.toContain('node:sqlite');
    // The manifest says all that help tells: no command is loaded, and oclif is one file.
    expect(files).toEqual(['bin/run.js', 'dist/oclif.js', 'dist/help.js', 'dist/ui/width.js']);
    expect([...packages]).not.toContain('@oclif/core');
  },
);

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

test.each([['--help'], ['status --help'], ['help status']])(
  '%s into a pipe whose reader goes ends quietly',
  async (line) => {
    const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...line.split(' ')], {
      cwd: fleet.dir,
      env: fleet.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, said: said.join('') }).toEqual({ code: 0, said: '' });
  },
);

test('a list of runs opens no connection', async () => {
  const { packages, files } = await modulesOf('runs', 'list', '--json');
  expect(
    [...packages].filter((name) => ['listr2', 'zod', 'yaml', 'node-ssh', 'ssh2', '@inquirer/prompts'].includes(name)),
  ).toEqual([]);
  expect(files.length).toBeLessThan(80);
});

/** A fleet with hosts at every provider, whose clouds refuse every request. */
describe('a fleet in three clouds', () => {
  let cloudDir: string;
  let refusing: Server;
  let env: NodeJS.ProcessEnv;
  const FILE = (endpoint: string): string =>
    JSON.stringify({
      fleet: 'counted',
      sshFrom: ['203.0.113.0/24'],
      providers: {
        aws: { region: 'us-east-1', endpoint },
        azure: { subscription: '00000000-0000-4000-8000-000000000001', location: 'eastus', endpoint },
        gcp: { project: 'counted', zone: 'us-central1-a', endpoint },
      },
      hosts: {
        'aws-1': { provider: 'aws', roles: ['app'] },
        'azure-1': { provider: 'azure', roles: ['app'] },
        'gcp-1': { provider: 'gcp', roles: ['app'] },
        'docker-1': { provider: 'docker', roles: ['app'] },
        'local-1': { provider: 'local', roles: ['app'] },
        'own-1': { address: '127.0.0.1', roles: ['app'] },
      },
    });
  const inFleet = (...args: string[]): Promise<Loaded> => modulesIn(cloudDir, env, ...args);

  beforeAll(async () => {
    cloudDir = mkdtempSync(join(tmpdir(), 'fanops-clouds-'));
    refusing = createServer((_req, res) =>
      res
        .writeHead(403, { 'content-type': 'application/json', connection: 'close' })
        .end('{"error":{"code":"AuthorizationFailed","message":"no"}}'),
    );
    await new Promise<void>((resolve) => {
      refusing.listen(0, '127.0.0.1', resolve);
    });
    writeFileSync(join(cloudDir, 'fanops.yaml'), FILE(`http://127.0.0.1:${(refusing.address() as AddressInfo).port}`));
    env = {
      HOME: cloudDir,
      FANOPS_OPERATOR: 'tester',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      GOOGLE_APPLICATION_CREDENTIALS: serviceAccount(cloudDir),
      ...(await identity()),
    };
  });
  afterAll(() => {
    refusing.close();
    rmSync(cloudDir, { recursive: true, force: true });
  });

  test.each(documented())('%s --help loads no SDK', async (line) => {
    const loaded = await inFleet(...line.split(' '), '--help');
    expect([loaded.result.code, sdksOf(loaded)]).toEqual([0, []]);
  });

  test.each([
    'config show',
    'runs list',
    'doctor --help',
    'host list --provider local',
    'host list --provider docker',
    'prices list',
  ])('%s asks no cloud and loads no SDK', async (line) => {
    const loaded = await inFleet(...line.split(' '), '--json');
    expect([loaded.result.stderr, sdksOf(loaded)]).toEqual(['', []]);
  });

  test('a host that only has an address is reached without an SDK', async () => {
    const loaded = await inFleet('exec', 'own-1', '--', 'true');
    expect(loaded.result.stderr).toContain('own-1');
    expect([loaded.packages.has('node-ssh'), sdksOf(loaded)]).toEqual([true, []]);
  });

  test('a fleet file is written without an SDK', async () => {
    const empty = mkdtempSync(join(cloudDir, 'new-'));
    const loaded = await modulesIn(empty, env, 'init', '--provider', 'aws', '--yes');
    expect(existsSync(join(empty, 'fanops.yaml')), loaded.result.stderr).toBe(true);
    expect(sdksOf(loaded)).toEqual([]);
  });

  test.each(['aws', 'azure', 'gcp'])('what is asked of %s loads its SDK and no other', async (name) => {
    for (const args of [
      ['host', 'list', '--provider', name],
      ['host', 'stop', `${name}-1`, '--yes'],
    ]) {
      const loaded = await inFleet(...args);
      expect(loaded.result.code, loaded.result.stdout).not.toBe(0);
      expect(sdksOf(loaded)).toEqual([name]);
    }
  });
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
