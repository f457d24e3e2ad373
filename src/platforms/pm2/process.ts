import { FanopsError, messageOf, PreconditionError, RemoteError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { makeDirs, pointLink } from '../../remote/files.js';
import { currentLink, releaseDir, serviceDir, stateDirOf } from '../../remote/layout.js';
import { scaleApp } from '../../remote/pm2.js';
import { LISTEN_TIMEOUT_MS, RELEASE, serviceApp, serviceEcosystem, type Listen } from '../../remote/release.js';
import { freeReserve, keepReserve } from '../../remote/reserve.js';
import { hostFacts } from '../../kit/facts.js';
import { refuseTakenPort } from '../../kit/free-port.js';
import { mutateOk, unbroken } from '../../kit/on-host.js';
import { endApp, ownBeforeStart, saveList, startApp } from '../../kit/pm2-apps.js';
import { longestDrain, settled, whileDraining } from './draining.js';
import { ecosystemFile, keepEcosystems, needsRestart, placeEcosystem } from './ecosystem-files.js';
import { rememberSecrets } from '../../kit/release-secrets.js';
import { healthAt, lastLines, processesOf } from './observe.js';
import { isWayBack } from '../../core/step.js';
import type { ProcessIo, ProcessSpec } from './process-spec.js';
import { listenOf, releaseArguments, startedWith } from './start-arguments.js';

const PM2_TIMEOUT_MS = 180_000;

/** What PM2 says of a worker that ended by itself; one that starts is never seen so. */
const DOWN = /^worker \d+ is (waiting restart|errored|stopped)$/;
/** Looks at such a worker after which the wait is given up: users may be without a service meanwhile. */
const DOWN_LOOKS = 3;

/**
 * Points `current` at the release and lets PM2 start it or swap it in; returns when every worker of it answers as
 * healthy. A swap that has begun
 * goes on to its end when the run is cancelled: PM2's reload has the old workers renamed or gone in the middle. Before
 * the first change room is set
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
  const transport = await given.ctx.hosts.transport(host);
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
        'its address or its folder is another one now, which PM2 does not take up in a reload, so ' +
          'the process is started anew',
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
    `${service} is to listen on ${address} of ${host} and listens on another address of it, both ` +
      `on port ${port}: one cannot take over from the other without a gap.`,
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
        clock: io.ctx.io.clock,
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
    return (
      `worker ${wrong.id} is ` +
      `${wrong.status}${wrong.release === release ? '' : ` with release ${wrong.release ?? 'unknown'}`}`
    );
  if (processes.length !== instances) return `${processes.length} of ${instances} workers`;
  for (const at of listen) {
    const seen = await healthAt(io.ctx, { host, service }, at, release);
    if (seen !== 'healthy') return listen.length > 1 ? `port ${at.port}: ${seen}` : seen;
  }
  return 'healthy';
}
