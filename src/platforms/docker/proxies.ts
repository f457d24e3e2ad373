import { FanopsError, messageOf, PreconditionError, RemoteError } from '../../core/errors.js';
import { formatDuration } from '../../core/duration.js';
import type { OperationContext } from '../../kit/context.js';
import { parseListen, type Listen } from '../../remote/release.js';
import { proxyImage } from './build.js';
import { commonArgs } from './container.js';
import { readContainerFile } from './container-file.js';
import { askDocker, changeDocker, isRunning, ownContainers, removeContainers, type Container } from './engine.js';
import { LABEL, namesOf, type ServiceAt } from './names.js';
import type { ProcessIo, RunSpec } from './spec.js';

/** Revision of the commands that the program of a proxy knows. */
const PROTOCOL = '1';
/** Port inside. */
const INSIDE = 8080;
const LOOK_MS = 1_000;

/** What a proxy says of itself. */
interface ProxyState {
  target: { name: string; port: number } | null;
  /** Requests under way, by the container that they went to. */
  underWay: Record<string, number>;
}

const textOf = ({ address, port }: Listen): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** Where a proxy listens on its host. */
export const listenOf = ({ labels }: Container): Listen => parseListen(labels[LABEL.listen] ?? '');

/** The proxies of a service on a host. */
export const proxiesOf = (ctx: OperationContext, at: ServiceAt): Promise<Container[]> =>
  ownContainers(ctx, at, 'proxy');

/**
 * Lets a proxy listen at an address of the host. One of an older fanops is started anew, as is one at another address.
 */
export async function ensureProxy(io: ProcessIo, spec: RunSpec, listen: Listen): Promise<string> {
  const { service, host } = spec;
  const name = namesOf(await io.ctx.fleet(), spec).proxy(listen.port);
  const at = textOf(listen);
  const present = (await proxiesOf(io.ctx, spec)).find((each) => each.name === name);
  const isSame = present?.labels[LABEL.listen] === at && present.labels[LABEL.protocol] === PROTOCOL;
  if (present && isRunning(present) && isSame) return name;
  if (present) await removeContainers(io, host, [name]);
  const { proxy } = await readContainerFile(io.ctx, spec);
  const labels = { [LABEL.listen]: at, [LABEL.protocol]: PROTOCOL };
  io.progress(`starting the proxy at port ${listen.port}`);
  try {
    await changeDocker(
      io,
      host,
      [
        ...['run', '--detach', '--name', name, '--restart', 'unless-stopped', '--publish', `${at}:${INSIDE}`],
        ...(await commonArgs(io, spec, 'proxy', labels)),
        proxyImage(service, proxy),
      ],
      `The proxy of ${service} could not be started`,
    );
  } catch (error) {
    // Docker leaves a container that it could not start.
    await removeContainers(io, host, [name]).catch(() => undefined);
    throw isTaken(error) ? taken(spec, listen, error) : error;
  }
  return name;
}

const isTaken = (error: unknown): boolean =>
  error instanceof FanopsError && /port is already allocated|address already in use/i.test(`${error.hint ?? ''}`);

const taken = ({ service, host }: RunSpec, { port }: Listen, cause: unknown): RemoteError =>
  new RemoteError(`Port ${port} on ${host} is taken by another program.`, {
    host,
    code: 'PORT',
    cause,
    hint: `End that program, or change the port of ${service} in the fleet file.`,
  });

/** Gives a command to a proxy. */
async function tell(
  ctx: OperationContext,
  host: string,
  proxy: string,
  ...command: string[]
): Promise<ProxyState & { cut?: number }> {
  const args = ['exec', proxy, 'node', '/fanops/proxy.mjs', ...command];
  const printed = await askDocker(ctx, host, args, `The proxy ${proxy} could not be told`);
  try {
    return JSON.parse(printed) as ProxyState & { cut?: number };
  } catch (error) {
    throw new RemoteError(`The proxy ${proxy} on ${host} gave an answer that cannot be read: ${messageOf(error)}.`, {
      host,
      code: 'BAD_ANSWER',
      cause: error,
    });
  }
}

/** The container that a proxy sends requests to, undefined for none. */
export const targetOf = async (ctx: OperationContext, host: string, proxy: string): Promise<string | undefined> =>
  (await tell(ctx, host, proxy, 'status')).target?.name;

/** Lets a proxy send new requests to a container, and reads that back. Requests under way go on where they are. */
export async function switchProxy(
  io: ProcessIo,
  host: string,
  proxy: string,
  to: { name: string; port: number },
): Promise<void> {
  for (const deadline = io.ctx.io.clock.monotonic() + 20_000; ;) {
    try {
      const { target } = await tell(io.ctx, host, proxy, 'switch', to.name, String(to.port));
      if (target?.name === to.name) return;
      throw new RemoteError(`The proxy ${proxy} on ${host} sends requests to ${target?.name ?? 'nobody'}.`, { host });
    } catch (error) {
      // One that was just started does not take commands yet.
      if (io.signal.aborted || io.ctx.io.clock.monotonic() > deadline) throw error;
      await io.ctx.io.clock.sleep(200, io.signal);
    }
  }
}

/**
 * Waits until no request to a container is under way at any proxy, and cuts what is when the time is over.
 * @returns how many were cut
 */
export async function drainAt(
  io: ProcessIo,
  at: ServiceAt,
  proxies: readonly string[],
  target: string,
): Promise<number> {
  const { host } = at;
  const drainMs = (await io.ctx.fleet()).drainMs(at.service, host);
  const until = io.ctx.io.clock.monotonic() + drainMs;
  for (;;) {
    const states = await Promise.all(proxies.map((proxy) => tell(io.ctx, host, proxy, 'status')));
    const count = states.reduce((sum, { underWay }) => sum + (underWay[target] ?? 0), 0);
    if (count === 0) return 0;
    if (io.ctx.io.clock.monotonic() > until) break;
    io.progress(
      `waiting for ${count} request${count === 1 ? '' : 's'} under way, ` +
        `at most ${formatDuration(drainMs).replace('.0 s', ' s')}`,
    );
    await io.ctx.io.clock.sleep(LOOK_MS, io.signal);
  }
  const cuts = await Promise.all(proxies.map((proxy) => tell(io.ctx, host, proxy, 'cut', target)));
  return cuts.reduce((sum, { cut = 0 }) => sum + cut, 0);
}

/** Ends proxies: requests under way at them finish first. */
export async function endProxies(io: ProcessIo, at: ServiceAt, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const drainMs = (await io.ctx.fleet()).drainMs(at.service, at.host);
  const limits = { timeoutMs: 120_000 + drainMs, forerunnerSeconds: drainMs / 1000 + 20 };
  await changeDocker(io, at.host, ['stop', ...names], 'A proxy could not be ended', limits);
  await removeContainers(io, at.host, names);
}

/** @throws PreconditionError when two addresses of one port exclude each other */
export function requireSameAddress(
  present: readonly Container[],
  { service, host, idle }: RunSpec,
  listen: Listen,
): void {
  const other = present.map(listenOf).find(({ port, address }) => port === listen.port && address !== listen.address);
  if (!other || idle) return;
  throw new PreconditionError(
    `${service} is to listen on ${listen.address} of ${host} and listens on another address of it, ` +
      `both on port ${listen.port}.`,
    {
      where: host,
      code: 'PORT',
      hint: 'Give the placement another port in the fleet file and deploy: then the service moves there without a gap.',
      nextSteps: [`fanops deploy ${service}`],
    },
  );
}
