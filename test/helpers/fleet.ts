import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, type Known } from '../../scripts/lib/processes.mjs';
import { connectionString, startAzurite, startStandIn } from '../../scripts/lib/sample-fleet.mjs';
import { cli, ROOT, startCli, trustEnv, type CliResult, type LiveCli } from './cli.js';
import { engineOfFile, type Engine } from './engines.js';
import { freePorts } from './ports.js';
import { sampleModules } from './sample-modules.js';

/** A whole sample fleet of a test's own: folder, ports, Azurite, stand-in for Azure, hosts, router. */
export interface TestFleet {
  /** Folder with fanops.yaml and the app in m1/. */
  dir: string;
  ports: Record<'router' | 'standIn' | 'vm' | 'blob' | 'queue' | 'table', number>;
  /** Address of the router. */
  base: string;
  env: NodeJS.ProcessEnv;
  storage: string;
  /** Runs the built CLI in the folder of the fleet. */
  cli(...args: string[]): Promise<CliResult>;
  /** The same, and fails the test when the command does not exit with 0. */
  ok(...args: string[]): Promise<CliResult>;
  /** Runs it with `--json` and gives the result. */
  json<T>(...args: string[]): Promise<T>;
  /** Starts it with JSON progress. */
  start(...args: string[]): LiveCli;
  /** Home of a local host. */
  home(host: string): string;
  stop(): Promise<void>;
}

export interface FleetOptions {
  /** Changes the fleet file before it is written. */
  file?: (text: string) => string;
  /** Folder of the app; default: the sample's m1. */
  app?: string;
  /** Engine of the router; default: that of the test file. */
  engine?: Engine;
  /** Program in place of that of this clone. */
  program?: string;
  /** False: hosts and router are left to the test. */
  up?: boolean;
}

/** What waits in a change of a test fleet, so that a migration takes seconds. */
export const SHORT_TIMING =
  'timing: { hold: 500ms, drain: 20s, lockLease: 20s, watchdogLease: 10s, probeInterval: 100ms, trial: 400ms, gateInterval: 250ms }';

/** A change of the fleet file for tests that are about the default waits. */
export const withDefaultTiming = (text: string): string => text.replace(`${SHORT_TIMING}\n`, '');

/** Starts a fleet with m1 answering on its old side behind the router. End it with `stop`. */
export async function startFleet(options: FleetOptions = {}): Promise<TestFleet> {
  const dir = await mkdtemp(join(tmpdir(), 'fo-'));
  const [router = 0, standIn = 0, vm = 0, blob = 0, queue = 0, table = 0] = await freePorts(6);
  const ports = { router, standIn, vm, blob, queue, table };
  const known: Known[] = [];
  const env = { FANOPS_OPERATOR: 'tester', ...trustEnv() };
  const run = (args: string[]): Promise<CliResult> => cli(args, { cwd: dir, env, program: options.program });
  const storage = connectionString(ports);
  const fleet: TestFleet = {
    dir,
    ports,
    env,
    storage,
    base: `http://127.0.0.1:${router}`,
    cli: (...args) => run(args),
    async ok(...args) {
      const result = await run(args);
      if (result.code !== 0)
        throw new Error(`fanops ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
      return result;
    },
    async json<T>(...args: string[]) {
      return JSON.parse((await fleet.ok(...args, '--json')).stdout) as T;
    },
    start: (...args) => startCli(args, { cwd: dir, env: { ...env, FANOPS_PROGRESS: 'json' } }),
    home: (host) => join(dir, 'h', 'test', host, 'home'),
    async stop() {
      await run(['host', 'destroy', '--all', '--yes']);
      for (const each of known) await end(each);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await cp(options.app ?? join(ROOT, 'examples/can2025/m1'), join(dir, 'm1'), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
    await symlink(await sampleModules(), join(dir, 'm1/node_modules'));
    await writeFile(join(dir, 'storage-connection'), storage, { mode: 0o600 });
    const text = fleetFile(ports, join(dir, 'h'), options.engine ?? engineOfFile());
    await writeFile(join(dir, 'fanops.yaml'), options.file ? options.file(text) : text);
    const azurite = startAzurite({ dir: join(dir, 'azurite'), ports: { blob, queue, table } });
    known.push(await azurite);
    await mkdir(join(dir, 'stand-in'));
    // The stand-in has a copy of its own: tests change the app in m1/ to deploy something else.
    await cp(join(dir, 'm1'), join(dir, 'stand-in/app'), { recursive: true, verbatimSymlinks: true });
    known.push(
      await startStandIn({
        dir: join(dir, 'stand-in'),
        app: join(dir, 'stand-in/app'),
        port: standIn,
        settings: { AzureWebJobsStorage: storage, STALE_SCHEDULE: '0 0 0 1 1 *' },
      }),
    );
    if (options.up !== false) {
      await fleet.ok('host', 'provision', '--all', '--yes');
      await fleet.ok('router', 'apply', '--yes');
    }
    return fleet;
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

function fleetFile(ports: TestFleet['ports'], root: string, engine: Engine): string {
  // Fleets of tests that run at once do not ask for the same ports.
  const from = 43_000 + 20 * Math.floor(Math.random() * 100);
  return `# A fleet of a test.
fleet: test
providers:
  local: { root: ${root}, ports: "${from}-${from + 19}" }
hosts:
  app-1: { provider: local, roles: [app] }
  router-1: { provider: local, roles: [router] }
router: { host: router-1, engine: ${engine}, listen: ${ports.router} }
services:
  m1:
    source: ./m1
    route: { path: /api/flow }
    settings:
      AzureWebJobsStorage: file:storage-connection
      STALE_SCHEDULE: "0 0 0 1 1 *"
    placements:
      azure: { platform: azure-functions, url: "http://127.0.0.1:${ports.standIn}" }
      vm: { platform: pm2, host: app-1, port: ${ports.vm} }
    parity:
      - path: /api/flow/version
      - path: /api/flow/status?stadiumId=rabat
      - path: /api/flow/status
    gate: { minRequests: 3, latencyFloor: 8s, timeout: 15s }
${SHORT_TIMING}
`;
}
