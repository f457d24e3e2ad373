import { healthAnswerOf, type HealthReport } from './health.js';
import { RemoteError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { releaseDir } from '../../remote/layout.js';
import { killTimeoutMs, LISTEN_TIMEOUT_MS } from '../../remote/release.js';
import { proxyImage } from './build.js';
import { FILES, readContainerFile, type ContainerFile } from './container-file.js';
import { askDocker, changeDocker, lastLines, removeContainers } from './engine.js';
import {
  imageName,
  isOwn,
  LABEL,
  labelArgs,
  namesOf,
  networkAlias,
  ownLabels,
  type Role,
  type ServiceAt,
} from './names.js';
import { notOurs } from '../../kit/not-ours.js';
import { ensureVolume } from './resources.js';
import { rememberOf } from './secrets.js';
import type { ProcessIo, RunSpec } from './spec.js';

/** What Docker keeps of the output of a container. */
const LOGS = ['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=5'];
/** Times that a container may have been restarted while it is waited for. */
const RESTARTS = 2;

/** A release that is to run in a container. */
export type ContainerSpec = Pick<RunSpec, 'service' | 'host' | 'release' | 'background'> & {
  name: string;
  role: Role;
};

const EXISTING = '{{.State.Status}} {{.RestartCount}} {{json .Config.Labels}}';

interface Inspected {
  state: string;
  restarts: number;
  labels: Record<string, string>;
}

/** A container by its name, undefined when there is none. */
export async function inspect(ctx: OperationContext, host: string, name: string): Promise<Inspected | undefined> {
  const argv = ['docker', 'container', 'inspect', '--format', EXISTING, name];
  const { code, stdout } = await (await ctx.hosts.transport(host)).run({ argv }, { signal: ctx.signal });
  if (code !== 0) return undefined;
  const [state = '', restarts = '0', ...labels] = stdout.trim().split(' ');
  return { state, restarts: Number(restarts), labels: (JSON.parse(labels.join(' ')) ?? {}) as Record<string, string> };
}

/** The arguments that all containers of fanops are made with. */
export async function commonArgs(
  io: ProcessIo,
  at: ServiceAt,
  role: Role,
  more: Record<string, string> = {},
): Promise<string[]> {
  const fleet = await io.ctx.fleet();
  const labels = { ...ownLabels(fleet, at), [LABEL.role]: role, [LABEL.run]: io.runId, ...more };
  const seconds = Math.ceil(killTimeoutMs(fleet.drainMs(at.service, at.host)) / 1000);
  return [
    '--init',
    ...labelArgs(labels),
    ...LOGS,
    '--network',
    namesOf(fleet, at).network,
    '--stop-timeout',
    String(seconds),
  ];
}

/** Starts a container of a release where none of its name runs; one that was stopped is started again. */
export async function startContainer(io: ProcessIo, spec: ContainerSpec): Promise<void> {
  const { service, host, release, name } = spec;
  const file = await readContainerFile(io.ctx, spec);
  const present = await inspect(io.ctx, host, name);
  if (present && !isOwn(present.labels, ownLabels(await io.ctx.fleet(), spec)))
    throw notOurs(host, `the container ${name} is not one of fanops`, 'Remove or rename it.');
  if (present?.state === 'running') return;
  // One that was never started may lack what is put into it first.
  if (present && present.state !== 'exited') await removeContainers(io, host, [name]);
  if (present?.state !== 'exited') await createContainer(io, spec, file);
  await changeDocker(io, host, ['start', name], `Release ${release} of ${service} could not be started`);
}

async function createContainer(io: ProcessIo, spec: ContainerSpec, file: ContainerFile): Promise<void> {
  const { service, host, release, background, name, role } = spec;
  const base = releaseDir(service, release);
  const drainMs = (await io.ctx.fleet()).drainMs(service, host);
  const env = {
    PORT: String(file.port),
    NODE_ENV: 'production',
    FANOPS_SERVICE: service,
    FANOPS_RELEASE: release,
    FANOPS_SHUTDOWN_MS: String(drainMs),
  };
  const isApp = role === 'app';
  const alias = networkAlias(name);
  if (isApp) await ensureVolume(io, spec);
  const args = [
    ...['create', '--name', name, '--restart', isApp ? 'unless-stopped' : 'no'],
    ...(await commonArgs(io, spec, role, { [LABEL.release]: release })),
    // What the app keeps from release to release is not for a release that is tried.
    ...(isApp ? ['--volume', `${namesOf(await io.ctx.fleet(), spec).volume}:/var/lib/fanops`] : []),
    ...(alias === name ? [] : ['--network-alias', alias]),
    ...['--env-file', `${base}/${background ? FILES.on : FILES.quiet}`],
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    imageName(service, release),
  ];
  await changeDocker(io, host, args, `The container ${name} could not be made`);
  for (const [index, path] of file.secrets.entries())
    await changeDocker(
      io,
      host,
      ['cp', `${base}/${FILES.secrets}/${index}`, `${name}:${path}`],
      `${path} could not be put into ${name}`,
    );
}

/** Waits until a container answers as healthy. @throws RemoteError (code NOT_READY) with its last lines */
export async function waitUntilHealthy(io: ProcessIo, spec: ContainerSpec): Promise<HealthReport> {
  const { service, host, release, name } = spec;
  const { probeIntervalMs } = (await io.ctx.fleet()).timing;
  try {
    return await waitFor(
      async () => {
        const found = await inspect(io.ctx, host, name);
        if (found?.state !== 'running' || found.restarts > RESTARTS)
          throw new RemoteError(`the container is ${found?.state ?? 'gone'} (${found?.restarts ?? 0} restarts)`, {
            host,
          });
        const report = await askHealth(io.ctx, spec, 10_000);
        return report.ok ? { done: true, value: report } : { done: false, seen: report.seen };
      },
      {
        clock: io.ctx.io.clock,
        signal: io.signal,
        onWait: io.progress,
        timeoutMs: LISTEN_TIMEOUT_MS + 15_000,
        intervalMs: probeIntervalMs,
        maxMs: 4 * probeIntervalMs,
        what: `${service} ${release} to answer in its container`,
      },
    );
  } catch (error) {
    if (io.signal.aborted) throw error;
    await rememberOf(io.ctx, spec);
    const log = await lastLines(io.ctx, host, name).catch(() => '');
    const { port, health } = await readContainerFile(io.ctx, spec);
    throw new RemoteError(`Release ${release} of ${service} does not come up in a container on ${host}.`, {
      host,
      code: 'NOT_READY',
      stderr: log,
      hint:
        `${error instanceof Error ? error.message : ''}\n` +
        `It must listen on all addresses (0.0.0.0) at the port in PORT (${port}) and answer ${health.path} with 2xx, 3xx or 401.\nIts last lines:\n${log}`,
      cause: error,
    });
  }
}

/**
 * Asks a container for its health: what tells its release only to its own machine from within its network, others as
 * the proxy reaches them.
 */
export async function askHealth(
  ctx: OperationContext,
  { service, host, release, name, role }: Omit<ContainerSpec, 'background'>,
  deadlineMs: number,
): Promise<HealthReport> {
  const { port, health, proxy } = await readContainerFile(ctx, { service, host, release });
  const fleet = await ctx.fleet();
  const inside = health.tellsRelease;
  const url = `http://${inside ? '127.0.0.1' : networkAlias(name)}:${port}${health.path}`;
  const network = inside ? `container:${name}` : namesOf(fleet, { service, host }).network;
  const image = proxyImage(service, proxy);
  const probe = probeArgs({ image, network, labels: probeLabels(fleet, { service, host }, role) });
  const args = [...probe, 'health', url, String(deadlineMs), inside ? release : ''];
  return healthAnswerOf(host, await askDocker(ctx, host, args, 'The health could not be asked'));
}

/** Labels of what asks a container: what asks one of a trial goes with the trial. */
export const probeLabels = (fleet: Fleet, at: ServiceAt, asked: Role): Record<string, string> => ({
  ...ownLabels(fleet, at),
  [LABEL.role]: asked === 'trial' ? 'trial' : 'probe',
});

/** Runs the program of the proxy once, on a network. */
export const probeArgs = ({
  image,
  network,
  labels,
}: {
  image: string;
  network: string;
  labels: Record<string, string>;
}): string[] => [
  ...['run', '--rm', '--interactive', '--init', '--network', network, ...labelArgs(labels)],
  ...[image, 'node', '/fanops/proxy.mjs'],
];
