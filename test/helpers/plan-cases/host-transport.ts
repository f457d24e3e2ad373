import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PreconditionError, RemoteError } from '../../../src/core/errors.js';
import { exists, listDir, readJsonFiles, readLink } from '../../../src/remote/files.js';
import { lookAtPort, probePort, readHostFacts } from '../../../src/remote/host-facts.js';
import { lookAtRouterFolder, lookAtServiceFolder } from '../../../src/remote/own-folder.js';
import { listApps, lookAtApps } from '../../../src/remote/pm2.js';
import { listManifests, listWorkedIn } from '../../../src/remote/release.js';
import { applied, probeRoutes } from '../../../src/remote/router-program.js';
import type { Command, CommandResult, RunOptions, Transport } from '../../../src/transports/transport.js';
import type { Facts, HostWorld } from './facts.js';
import { probeReply } from './router-stand-in.js';

const ok = (stdout: string): CommandResult => ({ code: 0, stdout, stderr: '' });
const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The shell of command lines that look at files: it runs as it is, in the folder of the host. */
const FILE_WORK = new Set(
  [
    listDir('x'),
    readJsonFiles('x'),
    readLink('x'),
    lookAtServiceFolder('x').argv,
    lookAtRouterFolder([]).argv,
    listManifests('x'),
    listWorkedIn('x'),
  ].map(([, , script]) => script),
);

/**
 * A host of a case. Its files lie in a real folder, and the shell that looks at them is real. What is not there is answered from the facts:
 * PM2, the router's program, other programs' ports, and the system.
 */
export function caseHost(host: string, home: string, facts: Facts): Transport {
  const world: HostWorld = facts.hosts?.[host] ?? {};
  const unknown = (what: string) => async (): Promise<never> => {
    throw new Error(`Planning must not do this on a host: ${what} on ${host}`);
  };
  const refuse = (): void => {
    if (world.unreachable)
      throw new RemoteError(`${host} cannot be reached: connect ETIMEDOUT.`, { host, code: world.unreachable });
  };
  return {
    host,
    async run({ argv }: Command, options: RunOptions = {}) {
      refuse();
      if (same(argv, lookAtApps())) return ok(`${JSON.stringify(processesOf(world))}\n[]\n`);
      if (same(argv, listApps())) return ok(`${JSON.stringify(processesOf(world))}\n`);
      if (same(argv.slice(0, 4), readHostFacts())) return ok(systemOf(home));
      if (same(argv, ['id', '-u'])) return ok('1000\n');
      // An engine that holds nothing yet.
      if (argv[0] === 'docker' || argv[3] === 'fanops-own') return ok('');
      const [program, , , , port = '', address = ''] = argv;
      const looks = [probePort(Number(port), address), lookAtPort(Number(port), address)];
      if (looks.some((look) => same(argv, look))) return ok(portAnswer(world, Number(port)));
      if (same(argv.slice(0, 2), applied().slice(0, 2)) && argv.includes('--dir'))
        return routerAnswer(facts, world, argv, options);
      if (program === exists('x')[0] || (program === 'sh' && FILE_WORK.has(argv[2] ?? ''))) return inFolder(argv, home);
      throw new Error(`The runner of the cases knows no answer to this command on ${host}: ${argv.join(' ')}`);
    },
    async getFile(path) {
      refuse();
      return readFile(join(home, path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
    },
    putFile: unknown('write a file'),
    putTar: unknown('upload'),
    tunnel: unknown('open a tunnel'),
    shell: unknown('open a shell'),
    close: async () => undefined,
  };
}

/** A host whose machine is not there, or does not run. */
export const noHost = (host: string, state: string): PreconditionError =>
  new PreconditionError(`Host ${host} is ${state}.`, { code: 'NO_HOST', where: host });

/** Runs a command line in a folder as the home of its login. */
const inFolder = ([program = '', ...args]: readonly string[], home: string): Promise<CommandResult> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C' };
    execFile(program, args, { cwd: home, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** What PM2 runs: the services of the host, a process an instance, and what others started. */
function processesOf({ services = {}, router, pm2 = [] }: HostWorld): object[] {
  const own = Object.entries(services).flatMap(([name, { release, instances = 1, stopped }]) =>
    stopped
      ? []
      : Array.from({ length: instances }, () => ({
          name,
          release,
          script: `fanops/services/${name}/releases/${release}/runtime/functions-host.cjs`,
        })),
  );
  const routers = router ? [{ name: 'fanops-router', script: 'fanops/router/router.cjs' }] : [];
  return [...own, ...routers, ...pm2].map((each, id) => ({ id, pid: 1000 + id, status: 'online', ...each }));
}

function portAnswer({ services = {}, taken = [] }: HostWorld, port: number): string {
  const listening = Object.values(services).flatMap((each) =>
    each.stopped ? [] : [each.started ?? each.port, ...(each.also ?? []).map((also) => also.port)],
  );
  return [...taken, ...listening].includes(port) ? 'EADDRINUSE\n' : 'free\n';
}

const systemOf = (home: string): string =>
  [
    `home=${home}`,
    'user=deploy',
    'system=Linux x86_64',
    'node=v22.18.0',
    'npm=10.9.0',
    'pm2=/usr/bin/pm2',
    'tar=/bin/tar',
    'program=/usr/sbin/haproxy',
    'programVersion=2.6.12',
    'freeKb=20000000',
    '',
  ].join('\n');

function routerAnswer(
  facts: Facts,
  world: HostWorld,
  argv: readonly string[],
  { stdin }: RunOptions,
): CommandResult | Promise<never> {
  const [node, program, command] = argv;
  if (!same([node!, program!], probeRoutes({}).slice(0, 2)))
    throw new Error(`No program of the router: ${argv.join(' ')}`);
  if (world.router === undefined) return { code: 1, stdout: '', stderr: 'Cannot find module router.cjs' };
  if (command === 'applied') return { code: 1, stdout: '', stderr: 'no router runs' };
  if (command !== 'probe') throw new Error(`Planning must only look: ${argv.join(' ')}`);
  if (world.oldRouter) return { code: 2, stdout: '', stderr: 'router: unknown command probe' };
  return probeReply(facts, world, argv, typeof stdin === 'string' ? stdin : undefined);
}
