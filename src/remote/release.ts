import type { Listen } from '#protocol';
import { runScript } from '../core/host-script.js';
import { currentLink, releaseDir, releasesDir, serviceDir, stateDirOf } from './layout.js';
import { ecosystem, type OwnApp } from './pm2.js';

export type { Listen, ReleaseArguments, ServiceRecord } from '#protocol';

/** Names inside a release's directory. */
export const RELEASE = {
  app: 'app',
  host: 'runtime/functions-host.cjs',
  smoke: 'runtime/smoke.mjs',
  /** Beside it: asks what users will ask. Releases of earlier versions lack it. */
  probe: 'runtime/trial-probe.cjs',
  /** Settings with background triggers on, and with them off; `active` is a link to one of the two. */
  on: 'on.env',
  quiet: 'quiet.env',
  active: 'active.env',
  keys: 'keys.json',
  manifest: 'release.json',
  /** What PM2 was started with: going back to the release only gives it its name again. */
  ecosystem: 'ecosystem.json',
  /** What it is started with (`releaseArguments` of the protocol). */
  process: 'process.json',
  installed: '.installed',
  /** There while PM2 tries the release. */
  trial: '.trial',
} as const;

/** What a release is made of, kept in it. */
export interface ReleaseManifest {
  service: string;
  release: string;
  run: string;
  /** SHA-256 over the source tree as it was packed. */
  source: string;
  createdAt: string;
  fanops: string;
}

/**
 * Prints the releases of a service that have a manifest, one a line, oldest first by the host's own clock: ids are made
 * by the clocks of operators.
 * A manifest is the last that is written of a release, and nothing writes it again.
 */
export const listManifests = (service: string): string[] => [
  'sh',
  '-c',
  'cd -- "$1" 2>/dev/null || exit 0; set -- */"$2"; [ -f "$1" ] || exit 0; ls -1tr -- "$@" | sed "s|/[^/]*$||"',
  'fanops',
  releasesDir(service),
  RELEASE.manifest,
];

/** Prints the releases of a service that a process works in, each once; nothing where the system does not tell. */
export const listWorkedIn = (service: string): string[] => runScript('worked-in', 'fanops', releasesDir(service));

export interface ReleaseProcess {
  service: string;
  release: string;
  home: string;
  port: number;
  address: string;
  instances: number;
  keys: boolean;
  also?: readonly Listen[];
  /** Milliseconds that requests under way get when a worker ends. */
  drainMs: number;
}

/** Milliseconds a new process has to get ready. */
export const LISTEN_TIMEOUT_MS = 30_000;

/** Milliseconds after which PM2 kills a worker that it has told to end: it has cut its requests by itself before. */
export const killTimeoutMs = (drainMs: number): number => drainMs + 5_000;

/** Arguments of the functions host for a release that is reached through `base`. */
function hostArgs(base: string, state: string, env: string, keys: boolean, listen: string[]): string[] {
  return [
    '--root',
    `${base}/${RELEASE.app}`,
    '--env-file',
    `${base}/${env}`,
    '--state',
    state,
    ...listen,
    ...(keys ? ['--keys', `${base}/${RELEASE.keys}`] : []),
  ];
}

const alsoListen = ({ address, port }: Listen): string[] => [
  '--also-listen',
  `${address.includes(':') ? `[${address}]` : address}:${port}`,
];

/** An address as `--also-listen` has it: `127.0.0.1:7072`, `[::1]:7072`. */
export function parseListen(text: string): Listen {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/**
 * The ecosystem file of a service. Paths go through the `current` link, so that it stays the same from release to
 * release.
 */
export function serviceEcosystem(process: ReleaseProcess): string {
  const { service, release, home, port, address, instances, keys, drainMs, also = [] } = process;
  const base = `${home}/${currentLink(service)}`;
  return ecosystem({
    name: service,
    script: `${base}/${RELEASE.host}`,
    args: hostArgs(base, `${home}/${stateDirOf(service)}`, RELEASE.active, keys, [
      '--port',
      String(port),
      '--host',
      address,
      ...also.flatMap(alsoListen),
    ]),
    cwd: base,
    instances,
    env: {
      NODE_ENV: 'production',
      FANOPS_SERVICE: service,
      FANOPS_RELEASE: release,
      FANOPS_SHUTDOWN_MS: String(drainMs),
    },
    outFile: `${home}/${serviceDir(service)}/logs/out.log`,
    errorFile: `${home}/${serviceDir(service)}/logs/error.log`,
    listenTimeoutMs: LISTEN_TIMEOUT_MS,
    killTimeoutMs: killTimeoutMs(drainMs),
  });
}

/** A service under PM2. */
export const serviceApp = (service: string): OwnApp => ({ name: service, folder: serviceDir(service) });

/** A release of the service that is tried, under PM2. */
export const trialApp = (service: string): OwnApp => ({ name: `${service}--trial`, folder: releasesDir(service) });

/**
 * The ecosystem file of a trial: one worker on a free port, background triggers off, and not started again when it
 * ends.
 */
export function trialEcosystem({
  service,
  release,
  home,
  keys,
}: Pick<ReleaseProcess, 'service' | 'release' | 'home' | 'keys'>): string {
  const base = `${home}/${releaseDir(service, release)}`;
  const dir = `${base}/${RELEASE.trial}`;
  return ecosystem({
    name: trialApp(service).name,
    script: `${base}/${RELEASE.host}`,
    args: hostArgs(base, `${dir}/state`, RELEASE.quiet, keys, ['--port', '0']),
    cwd: base,
    instances: 1,
    env: { NODE_ENV: 'production', FANOPS_SERVICE: service, FANOPS_RELEASE: release },
    outFile: `${dir}/out.log`,
    errorFile: `${dir}/error.log`,
    listenTimeoutMs: LISTEN_TIMEOUT_MS,
    killTimeoutMs: 3000,
    once: true,
  });
}

/** What a smoke start writes. */
export const smokeDir = (service: string, release: string): string => `${releaseDir(service, release)}/.smoke`;

/**
 * Starts a release on a free port with its background triggers off, prints what it saw as one JSON line, and ends it.
 * @param question file that says how it is asked when it is up (packages/router, `TrialQuestion`); default: only for
 * its own health
 */
export function smoke(
  service: string,
  release: string,
  keys: boolean,
  deadlineMs: number,
  question?: string,
): string[] {
  const base = releaseDir(service, release);
  const probe = question === undefined ? [] : ['--probe', question];
  const args = hostArgs(base, smokeDir(service, release), RELEASE.quiet, keys, ['--port', '0']);
  return ['node', `${base}/${RELEASE.smoke}`, ...probe, String(deadlineMs), `${base}/${RELEASE.host}`, ...args];
}

const HEALTH = `
const [url] = process.argv.slice(1);
fetch(url, { signal: AbortSignal.timeout(3000) }).then(
  async (answer) => { const text = await answer.text(); console.log(JSON.stringify({ status: answer.status, body: text.slice(0, 20000) })); },
  (error) => { console.log(JSON.stringify({ status: 0, body: String((error.cause && error.cause.code) || error.message) })); },
);
`;

/** Asks a service for its health from its own host; prints status and body as JSON. */
export const askHealth = (address: string, port: number): string[] => [
  'node',
  '-e',
  HEALTH,
  `http://${address}:${port}/_fanops/health`,
];

/** Installs an app's dependencies from its lockfile. */
export const install = (hasLock: boolean): string[] => [
  'npm',
  hasLock ? 'ci' : 'install',
  '--omit=dev',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];
