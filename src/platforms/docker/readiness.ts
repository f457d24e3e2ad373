import type { OperationContext } from '../../kit/context.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { ServiceRecord } from '../../remote/release.js';
import type { ObservedReadiness } from '../contracts/platform.js';
import { askHealth } from './container.js';
import { isRunning, ownContainers, type Container } from './engine.js';
import { LABEL, namesOf, networkAlias, type Role, type ServiceAt } from './names.js';
import { listenOf, targetOf } from './proxies.js';

const HEALTH_MS = 10_000;

/** Something that is not as the record says. */
interface Problem {
  text: string;
  /** True when what is wrong stands in the log of the app. */
  isOfApp?: boolean;
}

/** Whether what is to run of a service on a host does, and well; undefined when nothing is to. */
export async function observeReadiness(ctx: OperationContext, at: ServiceAt): Promise<ObservedReadiness | undefined> {
  const record = await readServiceRecord(ctx, at.host, at.service);
  if (!record) return undefined;
  const problems = await problemsOf(ctx, at, record);
  if (problems.length === 0) return { host: at.host, ready: true };
  return {
    host: at.host,
    ready: false,
    detail: problems.map(({ text }) => text).join('; '),
    next: problems.every(({ isOfApp }) => isOfApp) ? `fanops logs ${at.service}` : `fanops deploy ${at.service}`,
  };
}

/** What is not as a record says, of the container, of the proxies, and of where these send requests. */
export async function problemsOf(ctx: OperationContext, at: ServiceAt, record: ServiceRecord): Promise<Problem[]> {
  const all = await ownContainers(ctx, at);
  const name = namesOf(await ctx.fleet(), at).container(record.release, record.background);
  const app = await appProblem(ctx, at, { record, name, all });
  const others = withRole(all, 'app').filter((each) => isRunning(each) && each.name !== name);
  const ports = [record.port, ...(record.also ?? []).map(({ port }) => port)];
  const proxies = await Promise.all(ports.map((port) => proxyProblem(ctx, at, { port, name, all })));
  return [
    ...(app ? [app] : []),
    ...others.map((each) => ({ text: `container ${each.name} runs beside ${name}` })),
    ...proxies.flatMap((each) => each ?? []),
  ];
}

const withRole = (all: readonly Container[], role: Role): Container[] =>
  all.filter(({ labels }) => labels[LABEL.role] === role);

interface Looked {
  /** Of the container that is to run. */
  name: string;
  all: readonly Container[];
}

async function appProblem(
  ctx: OperationContext,
  at: ServiceAt,
  { record: { release }, name, all }: Looked & { record: ServiceRecord },
): Promise<Problem | undefined> {
  const found = withRole(all, 'app').find((each) => each.name === name);
  if (!found) return { text: `container ${name} is missing` };
  if (!isRunning(found)) return { text: `container ${name} is ${found.state}`, isOfApp: found.state === 'restarting' };
  if (found.isUnhealthy) return { text: `container ${name} is unhealthy`, isOfApp: true };
  const { ok, seen } = await askHealth(ctx, { ...at, release, name, role: 'app' }, HEALTH_MS);
  return ok ? undefined : { text: `container ${name}: ${seen}`, isOfApp: true };
}

async function proxyProblem(
  ctx: OperationContext,
  { host }: ServiceAt,
  { port, name, all }: Looked & { port: number },
): Promise<Problem | undefined> {
  const found = withRole(all, 'proxy').find((each) => listenOf(each).port === port);
  if (!found) return { text: `no proxy listens on port ${port}` };
  if (!isRunning(found)) return { text: `the proxy ${found.name} is ${found.state}` };
  const target = await targetOf(ctx, host, found.name);
  if (target === networkAlias(name)) return undefined;
  return { text: `the proxy ${found.name} sends requests to ${target ?? 'nobody'}, not to ${name}` };
}
