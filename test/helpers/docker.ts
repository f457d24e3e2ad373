import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/** Base image of docker hosts in tests. */
export const TEST_BASE = 'fanops-test-base:12';
/** The same of Debian 13. */
export const TEST_BASE_13 = 'fanops-test-base:13';
const SUITES = { [TEST_BASE]: 'bookworm', [TEST_BASE_13]: 'trixie' } as const;
type TestBase = keyof typeof SUITES;
const PACKAGES = 'systemd-sysv,openssh-server,cloud-init,iproute2,udev,dbus,ca-certificates,sudo,python3,curl,procps';
const CACHE = join(homedir(), '.cache', 'fanops-test');
const FRESH_MS = 12 * 3_600_000;
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
const DAEMON = '/usr/bin/dockerd';
const DAEMON_SBIN = '/usr/sbin/dockerd';
const has = (program: string): boolean => spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
const engineAnswers = (): boolean =>
  spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' }).status === 0;
const daemonPath = (): string | undefined => [DAEMON, DAEMON_SBIN].find((path) => existsSync(path));
const hasImage = (name: string): boolean =>
  spawnSync('docker', ['image', 'inspect', name], { stdio: 'ignore' }).status === 0;

/** Why docker hosts cannot be tried here, undefined when they can. With FANOPS_NO_SKIP=1 the answer is an error instead. */
export function dockerMissing(): string | undefined {
  const why = whyNot();
  if (!why) return undefined;
  const reason = `skipped: ${why}`;
  if (process.env.FANOPS_NO_SKIP === '1') throw new Error(reason);
  console.log(reason);
  return reason;
}

function whyNot(): string | undefined {
  if (!has('docker')) return 'there is no docker command (apt-get install docker.io)';
  if (!engineAnswers() && !(daemonPath() && process.getuid?.() === 0))
    return 'the Docker engine does not answer, and only root can start one';
  if (!hasImage(TEST_BASE) && !(has('mmdebstrap') && process.getuid?.() === 0))
    return `there is no image ${TEST_BASE}, and no mmdebstrap to make it`;
  return undefined;
}

export interface TestEngine {
  /** Ends the engine when the test started it for itself. */
  stop(): Promise<void>;
}

/** A Docker engine with the base image in it: the one that runs, or one of the test's own. */
export async function startEngine(base: TestBase = TEST_BASE): Promise<TestEngine> {
  const engine = await startEngineAlone();
  if (!hasImage(base)) makeBaseImage(base);
  return engine;
}

/** The same without an image. */
export async function startEngineAlone(): Promise<TestEngine> {
  const own = engineAnswers() ? undefined : await startDaemon();
  return { stop: async () => own?.() };
}

/** Starts one in a folder of its own; where the whole test run has a folder for one (FANOPS_TEST_ENGINE), it stays for the files that follow. */
async function startDaemon(): Promise<() => Promise<void>> {
  const shared = process.env.FANOPS_TEST_ENGINE;
  const dir = shared ?? mkdtempSync(join(tmpdir(), 'dockerd-'));
  const log = join(dir, 'log');
  const child: ChildProcess = spawn(
    'sh',
    [
      '-c',
      'exec "$0" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" > "$1/log" 2>&1',
      daemonPath()!,
      dir,
    ],
    { stdio: 'ignore' },
  );
  await until(
    'dockerd to answer',
    () => {
      if (child.exitCode !== null)
        throw new Error(`dockerd ended: ${readFileSync(log, 'utf8').split('\n').slice(-5).join('\n')}`);
      return engineAnswers();
    },
    60_000,
  );
  if (shared) {
    child.unref();
    return async () => undefined;
  }
  return async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
}

/**
 * A Debian made from packages, as no image registry may be in reach. It has this machine's certificate authorities and settings of
 * the package clients, so that what runs in it reaches the registries as this machine does; they are read at run time and are in no product file.
 */
function makeBaseImage(base: TestBase): void {
  mkdirSync(CACHE, { recursive: true });
  const root = join(CACHE, `debian-${base.split(':')[1]}.tar`);
  if (!isFresh(root)) makeRoot(root, SUITES[base]);
  execFileSync('docker', ['import', root, base], { stdio: 'ignore' });
}

/** Each test run may have an engine of its own: the root is made once for all of them. */
const isFresh = (file: string): boolean => existsSync(file) && Date.now() - statSync(file).mtimeMs < FRESH_MS;

function makeRoot(target: string, suite: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'base-image-'));
  try {
    const files: [string, string][] = [
      [AUTHORITIES, AUTHORITIES],
      [join(process.env.HOME ?? '/root', '.npmrc'), '/etc/npmrc'],
    ];
    writeFileSync(join(dir, 'environment'), `NODE_EXTRA_CA_CERTS=${AUTHORITIES}\nNPM_CONFIG_GLOBALCONFIG=/etc/npmrc\n`);
    files.push([join(dir, 'environment'), '/etc/environment']);
    const uploads = files
      .filter(([from]) => existsSync(from))
      .map(([from, to]) => `--customize-hook=upload ${from} ${to}`);
    const draft = join(CACHE, `${process.pid}.tar`);
    execFileSync('mmdebstrap', ['--quiet', '--variant=apt', `--include=${PACKAGES}`, ...uploads, suite, draft], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    chmodSync(draft, 0o600); // it has the settings of the package clients
    renameSync(draft, target);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const linesOf = (...args: string[]): string[] =>
  execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean).sort();

/** Names of the containers that run and have all of these labels. */
export const containersOf = (labels: Record<string, string>): string[] =>
  linesOf(
    'ps',
    ...Object.entries(labels).flatMap(([key, value]) => ['--filter', `label=${key}=${value}`]),
    ...['--format', '{{.Names}}'],
  );

/** Removes the containers and volumes that have a label. */
export function removeLabelled(label: string): void {
  for (const [kind, list] of [
    ['container', 'ps'],
    ['volume', 'volume ls'],
  ] as const)
    for (const name of linesOf(
      ...list.split(' '),
      ...(kind === 'container' ? ['--all'] : []),
      '--quiet',
      '--filter',
      `label=${label}`,
    ))
      execFileSync('docker', [kind, 'rm', '--force', name], { stdio: 'ignore' });
}

/** Containers, networks, volumes of the engine, to compare before and after. */
export function engineState(): { containers: string[]; networks: string[]; volumes: string[] } {
  return {
    containers: linesOf('ps', '--all', '--format', '{{.Names}}'),
    networks: linesOf('network', 'ls', '--format', '{{.Name}}'),
    volumes: linesOf('volume', 'ls', '--quiet'),
  };
}
