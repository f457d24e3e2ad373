import { messageOf, RemoteError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { ask, mutateOk, type MutateOptions } from '../../kit/on-host.js';
import type { ProcessIo } from './spec.js';
import { filterArgs, LABEL, ownLabels, type Role, type ServiceAt } from './names.js';

/** Milliseconds for a look, and for a change that is no build and waits for no request. */
const LOOK_MS = 60_000;
const CHANGE_MS = 120_000;

/** A container as `docker ps` tells of it. */
export interface Container {
  name: string;
  image: string;
  /** running, exited, created, restarting, paused, dead. */
  state: string;
  /** True when the check that its image brings (HEALTHCHECK) fails. */
  isUnhealthy: boolean;
  labels: Readonly<Record<string, string>>;
  /** Addresses and ports of the host that are published, `127.0.0.1:7001`. */
  published: string[];
}

/** Runs a command of Docker that only looks. */
export const askDocker = (ctx: OperationContext, host: string, args: string[], what: string): Promise<string> =>
  ask(ctx, host, ['docker', ...args], what, { timeoutMs: LOOK_MS });

/** Runs a command of Docker that changes something. */
export const changeDocker = (
  io: ProcessIo,
  host: string,
  args: string[],
  what: string,
  options: MutateOptions = {},
): Promise<string> => mutateOk(io, host, ['docker', ...args], what, { timeoutMs: CHANGE_MS, ...options });

/** Containers that fit filters, newest first. @throws RemoteError (code BAD_ANSWER) when the list cannot be read */
export async function containers(ctx: OperationContext, host: string, filters: string[]): Promise<Container[]> {
  const printed = await askDocker(
    ctx,
    host,
    ['ps', '--all', '--no-trunc', ...filters, '--format', '{{json .}}'],
    'Docker could not be asked',
  );
  try {
    return printed.split('\n').filter(Boolean).map(parseContainer);
  } catch (error) {
    throw new RemoteError(`The list of Docker on ${host} cannot be read: ${messageOf(error)}.`, {
      host,
      code: 'BAD_ANSWER',
      cause: error,
      nextSteps: [`fanops exec ${host} -- docker ps --all`],
    });
  }
}

/** A line of `docker ps --format '{{json .}}'`. @throws Error for what is none */
export function parseContainer(line: string): Container {
  const { Names, Image, State, Status, Labels, Ports } = JSON.parse(line) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (text(Names) === '') throw new Error(`no container: ${line.slice(0, 80)}`);
  const labels = text(Labels)
    .split(',')
    .filter((each) => each.includes('='))
    .map((each): [string, string] => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]);
  return {
    name: text(Names).split(',')[0]!,
    image: text(Image),
    state: text(State),
    isUnhealthy: text(Status).includes('(unhealthy)'),
    labels: Object.fromEntries(labels),
    published: [...text(Ports).matchAll(/(\S+:\d+)->/g)].map(([, at = '']) => at),
  };
}

/** The containers of a service, newest first. @param role default: all */
export async function ownContainers(ctx: OperationContext, at: ServiceAt, role?: Role): Promise<Container[]> {
  const labels = { ...ownLabels(await ctx.fleet(), at), ...(role && { [LABEL.role]: role }) };
  return containers(ctx, at.host, filterArgs(labels));
}

export const isRunning = ({ state }: Container): boolean => state === 'running';

/** Removes containers, running or not. None is no error. */
export async function removeContainers(io: ProcessIo, host: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await changeDocker(io, host, ['rm', '--force', '--volumes', ...names], 'Containers could not be removed');
}

/** The last lines that a container printed, errors last. */
export const lastLines = async (ctx: OperationContext, host: string, name: string): Promise<string> =>
  (
    await ask(
      ctx,
      host,
      ['sh', '-c', 'docker logs --tail 12 -- "$1" 2>&1', 'fanops-log', name],
      'The log could not be read',
    )
  ).trimEnd();

/** Whether an image is there. */
export async function hasImage(ctx: OperationContext, host: string, image: string): Promise<boolean> {
  const found = await askDocker(ctx, host, ['image', 'ls', '--quiet', image], 'The images could not be listed');
  return found.trim() !== '';
}
