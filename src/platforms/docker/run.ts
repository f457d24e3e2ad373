import { isWayBack } from '../../core/step.js';
import { bindAddress } from '../../kit/facts.js';
import { refuseTakenPort } from '../../kit/free-port.js';
import { unbroken } from '../../kit/on-host.js';
import { lookAtPort } from '../../remote/host-facts.js';
import { freeReserve } from '../../remote/reserve.js';
import { buildImages } from './build.js';
import { startContainer, waitUntilHealthy } from './container.js';
import { readContainerFile } from './container-file.js';
import { changeDocker, isRunning, ownContainers, removeContainers } from './engine.js';
import { namesOf, networkAlias, type ServiceAt } from './names.js';
import { drainAt, endProxies, ensureProxy, listenOf, proxiesOf, requireSameAddress, switchProxy } from './proxies.js';
import { ensureNetwork, removeNetwork } from './resources.js';
import type { ProcessIo, RunSpec } from './spec.js';

/**
 * Starts a release beside the one that serves, and swaps it in once it is healthy: the proxies send new requests to it,
 * those under way at the old one finish, then the old one is stopped. All of it may be done again from the start. From
 * the swap on it goes on to its end when the run is cancelled.
 * @returns the number of requests that were cut with the old release
 */
export async function run(given: ProcessIo, spec: RunSpec): Promise<{ cut?: number }> {
  const { service, host, release, background } = spec;
  if (isWayBack(given)) await (await given.ctx.hosts.transport(host)).run({ argv: freeReserve() });
  const listens = [
    { address: spec.address ?? (await bindAddress(given.ctx, host)), port: spec.port },
    ...(spec.also ?? []),
  ];
  const before = await proxiesOf(given.ctx, spec);
  for (const listen of listens) requireSameAddress(before, spec, listen);
  // Before anything changes: a proxy that has the port already keeps it.
  for (const listen of listens)
    if (!before.some((each) => isRunning(each) && listenOf(each).port === listen.port))
      await refuseTakenPort(given.ctx, host, listen, `the port of ${service}`, lookAtPort);
  await buildImages(given, spec);
  await ensureNetwork(given, spec);
  const name = namesOf(await given.ctx.fleet(), spec).container(release, background);
  given.progress('starting it beside the one that serves');
  const isNew = !(await runningApps(given, spec)).includes(name);
  const container = { ...spec, name, role: 'app' as const };
  try {
    await startContainer(given, container);
    await waitUntilHealthy(given, container);
  } catch (error) {
    if (isNew) await removeContainers(unbroken(given, 0), host, [name]).catch(() => undefined);
    throw error;
  }
  const proxies: string[] = [];
  for (const listen of listens) proxies.push(await ensureProxy(given, spec, listen));
  given.signal.throwIfAborted();
  const drainMs = (await given.ctx.fleet()).drainMs(service, host);
  const io = unbroken(given, 3 * drainMs);
  const { port } = await readContainerFile(io.ctx, spec);
  io.progress('swapping it in');
  for (const proxy of proxies) await switchProxy(io, host, proxy, { name: networkAlias(name), port });
  const old = (await runningApps(io, spec)).filter((each) => each !== name);
  const all = (await proxiesOf(io.ctx, spec)).filter(isRunning).map((each) => each.name);
  let cut = 0;
  for (const each of old) cut += await drainAt(io, spec, all, networkAlias(each));
  await stopContainers(io, spec, old);
  await endProxies(
    io,
    spec,
    all.filter((each) => !proxies.includes(each)),
  );
  return before.length > 0 ? { cut } : {};
}

/** Names of the containers of a service that run, or are started again and again. */
export const runningApps = async (io: Pick<ProcessIo, 'ctx'>, at: ServiceAt): Promise<string[]> =>
  (await ownContainers(io.ctx, at, 'app'))
    .filter(({ state }) => !['exited', 'created', 'dead'].includes(state))
    .map(({ name }) => name);

async function stopContainers(io: ProcessIo, { service, host }: ServiceAt, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const drainMs = (await io.ctx.fleet()).drainMs(service, host);
  const limits = { timeoutMs: 120_000 + drainMs, forerunnerSeconds: drainMs / 1000 + 20 };
  await changeDocker(io, host, ['stop', ...names], 'The old release could not be stopped', limits);
}

/** Ends a service on a host, its proxies and its network included; its releases, and what it keeps, stay. */
export async function stop(io: ProcessIo, at: ServiceAt): Promise<{ cut?: number }> {
  const proxies = (await proxiesOf(io.ctx, at)).map(({ name, state }) => ({ name, isUp: state === 'running' }));
  const up = proxies.filter(({ isUp }) => isUp).map(({ name }) => name);
  const apps = await runningApps(io, at);
  let cut = 0;
  for (const each of apps) cut += await drainAt(io, at, up, networkAlias(each));
  await stopContainers(io, at, apps);
  await endProxies(
    io,
    at,
    proxies.map(({ name }) => name),
  );
  const left = await ownContainers(io.ctx, at);
  await removeContainers(
    io,
    at.host,
    left.map(({ name }) => name),
  );
  await removeNetwork(io, at);
  return up.length > 0 ? { cut } : {};
}
