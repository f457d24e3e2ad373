import { FanopsError, messageOf, PreconditionError, RemoteError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { makeDirs, pointLink, readLink, tailFiles } from '../../remote/files.js';
import { currentLink, releaseDir, serviceDir, serviceRecord, stateDirOf } from '../../remote/layout.js';
import { scaleApp, type Pm2Process } from '../../remote/pm2.js';
import {
  askHealth,
  LISTEN_TIMEOUT_MS,
  RELEASE,
  serviceApp,
  serviceEcosystem,
  type Listen,
  type ServiceRecord,
} from '../../remote/release.js';
import { freeReserve, keepReserve } from '../../remote/reserve.js';
import type { StepIo } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { hostFacts } from '../facts.js';
import { refuseTakenPort } from '../free-port.js';
import { notOurs, SERVICE_HINT } from '../not-ours.js';
import { ask, mutateOk } from '../on-host.js';
import { endApp, ownBeforeStart, ownProcesses, saveList, startApp } from '../pm2-apps.js';
import { longestDrain, settled, whileDraining } from './draining.js';
import { ecosystemFile, keepEcosystems, needsRestart, placeEcosystem } from './ecosystem-files.js';
import { rememberSecrets } from './secrets-there.js';
import { listenOf, releaseArguments, startedWith } from './start-arguments.js';

export type ProcessIo = Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal' | 'progress'>;

const PM2_TIMEOUT_MS = 180_000;
const UNBROKEN_MS = 150_000;

/** What PM2 says of a worker that ended by itself; one that starts is never seen so. */
const DOWN = /^worker \d+ is (waiting restart|errored|stopped)$/;
/** Looks at such a worker after which the wait is given up: users may be without a service meanwhile. */
const DOWN_LOOKS = 3;

/** Which release of a service runs on a host, and where it listens. All else that it is started with belongs to the release (`ReleaseArguments`). */
export interface ProcessSpec {
  service: string;
  host: string;
  release: string;
  port: number;
  /** Default: the address that it listens on now, else that of the host's rule. */
  address?: string;
  /** Where it listens as well: the router sends requests there until its route has moved. */
  also?: Listen[];
  /** Workers of a release that does not say how many it has: one that an earlier version made. */
  instances?: number;
  /** Whether timers and queue triggers run here. */
  background: boolean;
  /** True when no user is sent to it yet: undoing ends it, whatever was left running there before. */
  idle?: boolean;
}

/** Whether a step takes back what a run has changed. */
export const isWayBack = ({ step }: Pick<ProcessIo, 'step'>): boolean => step.id.startsWith('recovery:');

/**
 * What runs on the host by its own record, or undefined when the service never ran there.
 * @throws PreconditionError (code NOT_OURS) when the file is not one that fanops wrote
 */
export async function readServiceRecord(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<ServiceRecord | undefined> {
  const content = await (await ctx.transport(host)).getFile(serviceRecord(service));
  if (!content) return undefined;
  const record = parseRecord(content.toString('utf8'));
  if (record) return record;
  throw notOurs(host, `${serviceRecord(service)} is not what fanops writes there`, SERVICE_HINT);
}

function parseRecord(text: string): ServiceRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<ServiceRecord> | null;
    const isRecord =
      typeof record?.service === 'string' && typeof record.release === 'string' && typeof record.port === 'number';
    return isRecord ? (record as ServiceRecord) : undefined;
  } catch {
    // Not JSON: nothing that fanops wrote.
    return undefined;
  }
}

/** The PM2 processes of a service; not those of others that have its name. */
export const processesOf = (ctx: OperationContext, host: string, service: string): Promise<Pm2Process[]> =>
  ownProcesses(ctx, host, serviceApp(service));

/**
 * The same under a deadline in place of the run's signal: what leaves users without a service when it is broken off half way.
 * @param drainMs how long requests under way may take beside
 */
export function unbroken<T extends ProcessIo>(io: T, drainMs: number): T {
  const signal = AbortSignal.timeout(UNBROKEN_MS + drainMs);
  return { ...io, ctx: { ...io.ctx, signal }, signal };
}

/**
 * Points `current` at the release and lets PM2 start it or swap it in; returns when every worker of it answers as healthy. A swap that has begun
 * goes on to its end when the run is cancelled: PM2's reload has the old workers renamed or gone in the middle. Before the first change room is set
 * aside for the way back.
 * @param options.back this is the way back: it uses that room, and goes on without what it can do without
 * @returns the number of requests that were cut with the old workers; undefined when those do not tell
 */
export async function run(
  given: ProcessIo,
  spec: ProcessSpec,
  { back = isWayBack(given) } = {},
): Promise<{ cut?: number }> {
  const { service, host, release, port, also = [] } = spec;
  const transport = await given.ctx.transport(host);
  if (back) await transport.run({ argv: freeReserve() });
  const facts = await hostFacts(given.ctx, host);
  const { instances, keys } = await releaseArguments(given.ctx, spec);
  const address = spec.address ?? (await listenOf(given.ctx, host, { service, port })).address;
  await settled(given, spec);
  const before = await ownBeforeStart(given.ctx, host, serviceApp(service));
  const now = before.length > 0 ? await startedWith(given.ctx, host, service) : undefined;
  const held = now?.listen ? [now.listen, ...now.also] : [];
  const moves = held.some((each) => each.port === port && each.address !== address);
  if (moves && !spec.idle) throw sameNumber(spec, address);
  for (const each of [{ address, port }, ...also]) {
    if (before.length === 0 || (now && !held.some((one) => one.port === each.port)))
      await refuseTakenPort(given.ctx, host, each, `the port of ${service}`);
  }
  given.signal.throwIfAborted();
  const drainMs = await longestDrain(given.ctx, spec, before.length);
  const io = before.length > 0 ? unbroken(given, drainMs) : given;
  if (!back) await mutateOk(io, host, keepReserve(), 'Room for the way back could not be set aside', { brief: true });
  await mutateOk(
    io,
    host,
    makeDirs(stateDirOf(service), `${serviceDir(service)}/logs`),
    'The folders could not be made',
    { brief: true },
  );
  const settings = spec.background ? RELEASE.on : RELEASE.quiet;
  await mutateOk(
    io,
    host,
    pointLink(settings, `${releaseDir(service, release)}/${RELEASE.active}`),
    'The settings could not be linked',
    { brief: true },
  );
  const drain = { drainMs: (await given.ctx.fleet()).drainMs(service, host) };
  const wanted = serviceEcosystem({
    service,
    release,
    home: facts.home,
    port,
    address,
    also,
    instances,
    keys,
    ...drain,
  });
  const old = await keepEcosystems(io, spec, wanted);
  await mutateOk(io, host, pointLink(`releases/${release}`, currentLink(service)), 'The release could not be linked', {
    brief: true,
  });
  const app = serviceApp(service);
  const swap = async (): Promise<void> => {
    if (before.length > 0 && before.every(({ status }) => status !== 'online')) {
      io.progress('PM2 does not reload what waits for its next restart, so the process is started anew');
      await endApp(io, host, app, 'PM2 could not end the old process', drainMs);
    } else if (moves || (before.length > 0 && old && needsRestart(old, wanted))) {
      io.progress(
        'its address or its folder is another one now, which PM2 does not take up in a reload, so the process is started anew',
      );
      await endApp(io, host, app, 'PM2 could not end the old process', drainMs);
    }
    await placeEcosystem(io, spec);
    io.progress(before.length > 0 ? 'swapping the workers one by one' : 'starting under PM2');
    await startApp(io, host, ecosystemFile(service), 'PM2 could not start the release', drainMs);
    if (before.length > 0 && before.length !== instances) {
      const limits = { timeoutMs: PM2_TIMEOUT_MS + drainMs, forerunnerSeconds: drainMs / 1000 + 20 };
      await mutateOk(io, host, scaleApp(service, instances), 'PM2 could not change the number of workers', limits);
    }
  };
  const online = before.filter(({ status }) => status === 'online').length;
  const cut = before.length > 0 ? await whileDraining(io, spec, online, swap) : await swap();
  await waitUntilHealthy(io, { ...spec, instances }, [{ address, port }, ...also]);
  await saveList(io, host, app).catch((error: unknown) => {
    // It serves, and the next change of the service saves anew.
    if (!back) throw error;
    io.progress(`what a reboot brings back is not up to date: ${messageOf(error)}`);
  });
  return typeof cut === 'number' ? { cut } : {};
}

function sameNumber({ host, port, service }: ProcessSpec, address: string): PreconditionError {
  return new PreconditionError(
    `${service} is to listen on ${address} of ${host} and listens on another address of it, both on port ${port}: one cannot take over from the other without a gap.`,
    {
      where: host,
      code: 'PORT',
      hint: 'Give the placement another port in the fleet file and deploy: then the service moves there without one.',
      nextSteps: [`fanops deploy ${service}`],
    },
  );
}

type RunningSpec = ProcessSpec & { instances: number };

async function waitUntilHealthy(io: ProcessIo, spec: RunningSpec, listen: readonly Listen[]): Promise<void> {
  const { service, host, release, port, instances } = spec;
  const { probeIntervalMs } = (await io.ctx.fleet()).timing;
  let steady = 0;
  let down = 0;
  try {
    await waitFor(
      async () => {
        const seen = await look(io, spec, listen);
        if (DOWN.test(seen) && ++down >= DOWN_LOOKS)
          throw new FanopsError(`${service} ${release} keeps ending: ${seen}.`);
        steady = seen === 'healthy' ? steady + 1 : 0;
        if (steady >= 3) return { done: true, value: undefined };
        return { done: false, seen: steady > 0 ? `healthy ${steady} of 3 times` : seen };
      },
      {
        clock: io.ctx.clock,
        signal: io.signal,
        onWait: io.progress,
        timeoutMs: LISTEN_TIMEOUT_MS + 15_000,
        intervalMs: probeIntervalMs,
        maxMs: 4 * probeIntervalMs,
        what: `${instances} worker${instances > 1 ? 's' : ''} of ${service} ${release} to answer on port ${port}`,
      },
    );
  } catch (error) {
    if (io.signal.aborted) throw error;
    await rememberSecrets(io.ctx, host, service, release);
    const log = await lastLines(io.ctx, host, service);
    throw new RemoteError(`Release ${release} of ${service} does not come up under PM2 on ${host}.`, {
      host,
      code: 'NOT_READY',
      stderr: log,
      hint: `${error instanceof Error ? error.message : ''}\nIts last lines:\n${log}`,
      cause: error,
    });
  }
}

async function look(io: ProcessIo, spec: RunningSpec, listen: readonly Listen[]): Promise<string> {
  const { service, host, release, instances } = spec;
  const processes = (await processesOf(io.ctx, host, service)).filter((app) => app.status !== 'stopping');
  const wrong = processes.find((app) => app.status !== 'online' || app.release !== release);
  if (wrong)
    return `worker ${wrong.id} is ${wrong.status}${wrong.release === release ? '' : ` with release ${wrong.release ?? 'unknown'}`}`;
  if (processes.length !== instances) return `${processes.length} of ${instances} workers`;
  for (const at of listen) {
    const seen = await healthAt(io.ctx, host, at, release);
    if (seen !== 'healthy') return listen.length > 1 ? `port ${at.port}: ${seen}` : seen;
  }
  return 'healthy';
}

/** What a release says of itself where it listens: `healthy`, or what is wrong. */
export async function healthAt(
  ctx: OperationContext,
  host: string,
  { address, port }: Listen,
  release: string,
): Promise<string> {
  const target = address === '0.0.0.0' ? '127.0.0.1' : address;
  const answer = JSON.parse(await ask(ctx, host, askHealth(target, port), 'The health could not be asked')) as {
    status: number;
    body: string;
  };
  if (answer.status !== 200) return answer.status === 0 ? `no answer (${answer.body})` : `health ${answer.status}`;
  const health = parseHealth(answer.body);
  if (!health) return 'another program answers';
  return health.release === release ? 'healthy' : `release ${health.release ?? 'unknown'} answers`;
}

function parseHealth(body: string): { release?: string } | undefined {
  try {
    const health = JSON.parse(body) as { release?: string } | null;
    return typeof health === 'object' && health !== null ? health : undefined;
  } catch {
    return undefined; // of a program that is none of ours
  }
}

/** The last log lines of a service, error log last. */
export async function lastLines(ctx: OperationContext, host: string, service: string, lines = 12): Promise<string> {
  const logs = `${serviceDir(service)}/logs`;
  return (
    await ask(ctx, host, tailFiles(lines, `${logs}/out.log`, `${logs}/error.log`), 'The logs could not be read')
  ).trimEnd();
}

/** The release that `current` points at. */
export async function currentRelease(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<string | undefined> {
  const target = (await ask(ctx, host, readLink(currentLink(service)), 'The current release could not be read')).trim();
  return target === '' ? undefined : target.split('/').at(-1);
}
