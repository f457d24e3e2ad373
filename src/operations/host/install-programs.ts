import { FanopsError, PreconditionError, messageOf } from '../../core/errors.js';
import type { StepIo } from '../../core/step.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';
import { node, NODE_SOURCES, type NodeSource } from '../../remote/bootstrap/node.js';
import { pm2 } from '../../remote/bootstrap/pm2.js';
import type { BootstrapTask } from '../../remote/bootstrap/task.js';
import { removeTree } from '../../remote/files.js';
import { stagingDir } from '../../remote/layout.js';
import { carryNode, carryPm2 } from './carry.js';

export type BootstrapInput = { host: string; task: string; node?: NodeSource };
export type BootstrapIo = StepIo<OperationContext, BootstrapInput>;

/** Runs a task on the host. @throws RemoteError when it fails there */
export type Perform = (task: BootstrapTask) => Promise<void>;

/** The login that deploys there: root itself never does. */
export async function deployLogin(ctx: OperationContext, host: string): Promise<string> {
  const named = (await ctx.fleet()).loginOf(host) ?? (await hostFacts(ctx, host)).user;
  return named === 'root' ? 'deploy' : named;
}

/** Major version of Node that is enough: the functions host runs on 20, the router needs what 22 has. */
const enough = (fleet: Fleet, host: string): number => (fleet.config.router?.host === host ? 22 : 20);

/** Node from one source. @param copied where a copy of it lies on the host */
export const nodeFrom = async (
  ctx: OperationContext,
  host: string,
  source: NodeSource,
  copied?: string,
): Promise<BootstrapTask> => node(enough(await ctx.fleet(), host), source, copied);

/** PM2 from the registry of npm. @param copied a folder on the host that it is taken from in place of that */
export const pm2From = async (ctx: OperationContext, host: string, copied?: string): Promise<BootstrapTask> =>
  pm2(await deployLogin(ctx, host), copied);

/** Tries the sources in their order; each failure is told, and all of them when none is left. */
export async function installNode(io: BootstrapIo, perform: Perform): Promise<void> {
  const { host, node: only } = io.input;
  const problems: string[] = [];
  for (const source of only ? [only] : NODE_SOURCES) {
    try {
      const copied = source === 'copy' ? await carryNode(io, host) : undefined;
      await perform(await nodeFrom(io.ctx, host, source, copied));
      if (copied) await cleanStaging(io);
      return;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const why = whyOf(error);
      problems.push(`${source}: ${why}`);
      io.progress(`no Node by ${source}: ${why}`);
    }
  }
  throw new PreconditionError(`Node cannot be brought to ${host}.`, {
    code: 'NO_NODE',
    where: host,
    hint: problems.join('\n'),
  });
}

/** From the registry, else a copy of that of this machine. */
export async function installPm2(io: BootstrapIo, perform: Perform): Promise<void> {
  const { host } = io.input;
  try {
    await perform(await pm2From(io.ctx, host));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    io.progress(`npm did not install PM2 there: ${whyOf(error)}`);
    await perform(await pm2From(io.ctx, host, await carryPm2(io, host)));
    await cleanStaging(io);
  }
}

/**
 * A command on the host that failed or came to no end, or something that this machine cannot give: another way may do.
 * A lost link or a cancelled run is not that.
 */
const isRefusal = (error: unknown): error is FanopsError =>
  error instanceof FanopsError && ['REMOTE', 'DEADLINE', 'NO_NODE'].includes(error.code);

/** The last thing that a command said, or the error itself. */
const whyOf = (error: FanopsError): string =>
  (error.code === 'REMOTE' ? error.hint?.split('\n').at(-1) : undefined) ?? messageOf(error);

async function cleanStaging({ ctx, signal, input: { host } }: BootstrapIo): Promise<void> {
  await (await ctx.hosts.transport(host)).run({ argv: removeTree(stagingDir) }, { signal });
}
