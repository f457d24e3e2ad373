import type { z } from 'zod';
import { BugError, FanopsError, PreconditionError, RemoteError, messageOf } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { NODE_SOURCES, type NodeSource } from '../../remote/bootstrap/node.js';
import { parseLook, type BootstrapTask, type Looked } from '../../remote/bootstrap/task.js';
import { removeTree } from '../../remote/files.js';
import { stagingDir } from '../../remote/layout.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { hostReadyStep } from '../../kit/host-check.js';
import { askRoot, mutateOk } from '../../kit/on-host.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { deployLogin, nodeFrom, pm2From, taskOf, tasksFor, titleOf } from './bootstrap-tasks.js';
import { carryNode, carryPm2 } from './carry.js';
import { unknownUntilReached } from '../../kit/not-there.js';
import type { options, result } from './bootstrap.schema.js';

export { NODE_SOURCES };

export type BootstrapOptions = z.output<typeof options>;

export type BootstrapResult = z.output<typeof result>;

type Input = { host: string; task: string; node?: NodeSource };
type Io = StepIo<OperationContext, Input>;

/** One thing that a host gets: looked at, brought about, and looked at again. */
export const bootstrapStep = defineStep<OperationContext, Input>(
  'host.bootstrap',
  unknownUntilReached({
    async check(io) {
      const { changes, details } = await look(io, await taskOf(io.ctx, io.input.host, io.input.task));
      return changes.length > 0
        ? { state: 'change', changes }
        : { state: 'done', detail: details.join(', ') || undefined };
    },
    async apply(io) {
      const { host, task: name } = io.input;
      const task = await taskOf(io.ctx, host, name);
      if (name === 'node') await installNode(io);
      else if (name === 'pm2') await installPm2(io, task);
      else await perform(io, task);
      const { changes, details } = await look(io, task);
      if (changes.length === 0) return { detail: details.join(', ') };
      throw new RemoteError(`It did not take on ${host}: ${changes.join('; ')}.`, {
        host,
        code: 'BOOTSTRAP',
        hint: `Look there: fanops host ssh ${host}`,
      });
    },
  }),
);

const look = async ({ ctx, input: { host } }: Pick<Io, 'ctx' | 'input'>, task: BootstrapTask): Promise<Looked> =>
  parseLook(await askRoot(ctx, host, task.check, 'The state of the host could not be read'));

async function perform(io: Io, task: BootstrapTask): Promise<void> {
  const { host, task: name } = io.input;
  await mutateOk(io, host, task.apply, `"${titleOf(name)}" failed`, {
    root: true,
    timeoutMs: task.timeoutMs,
    onLine: (line) => io.line(line),
  });
}

/** Tries the sources in their order; each failure is told, and all of them when none is left. */
async function installNode(io: Io): Promise<void> {
  const { host, node } = io.input;
  const problems: string[] = [];
  for (const source of node ? [node] : NODE_SOURCES) {
    try {
      const copied = source === 'copy' ? await carryNode(io, host) : undefined;
      await perform(io, await nodeFrom(io.ctx, host, source, copied));
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

async function installPm2(io: Io, task: BootstrapTask): Promise<void> {
  try {
    await perform(io, task);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    io.progress(`npm did not install PM2 there: ${whyOf(error)}`);
    await perform(io, await pm2From(io.ctx, io.input.host, await carryPm2(io, io.input.host)));
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

async function cleanStaging({ ctx, signal, input: { host } }: Io): Promise<void> {
  await (await ctx.hosts.transport(host)).run({ argv: removeTree(stagingDir) }, { signal });
}

/**
 * The steps that prepare a host. @throws PreconditionError (code LOCAL_HOST) for one that is a part of this machine.
 */
export async function bootstrapSteps(ctx: OperationContext, host: string, node?: NodeSource): Promise<Step[]> {
  const fleet = await ctx.fleet();
  const { provider } = fleet.host(host);
  if (!fleet.traits(host).bootstrap) {
    throw new PreconditionError(`Host ${host} is a part of this machine: fanops changes nothing there.`, {
      code: 'LOCAL_HOST',
      where: host,
      hint: 'What it needs is on this machine: Node, npm, tar.',
    });
  }
  const fenced = provider !== undefined && (await ctx.providers.findCapability(provider, 'networks')) !== undefined;
  return tasksFor(fleet, host, fenced).map((task) =>
    bootstrapStep.step(
      `${host}/bootstrap/${task}`,
      titleOf(task),
      { host, task, ...(task === 'node' && node ? { node } : {}) },
      { host },
    ),
  );
}

/** The look whether a host can do its work, where it is to run something. */
export async function workChecks(ctx: OperationContext, host: string): Promise<Step[]> {
  if ((await ctx.fleet()).host(host).roles.every((role) => role === 'bastion')) return [];
  return [hostReadyStep.step(`${host}/check`, 'Check what it has', { host, bytes: 0 }, { host })];
}

/** Prepares a Debian or Ubuntu machine that SSH reaches, whoever made it. */
export const hostBootstrap: Operation<BootstrapOptions, PlanFacts, BootstrapResult> = {
  name: 'host-bootstrap',

  async plan(ctx, { host, node }) {
    const fleet = await ctx.fleet();
    return {
      operation: 'host-bootstrap',
      subject: host,
      title: `Bootstrap host ${host}`,
      steps: [...(await bootstrapSteps(ctx, host, node)), ...(await workChecks(ctx, host))],
      guards: [],
      locks: [],
      fingerprint: fleet.hash,
      facts: { fleetHash: fleet.hash },
    };
  },

  async result(ctx, { run, steps }) {
    const host = run.plan.subject;
    if (!host) throw new BugError('A bootstrap without a host.');
    const tasks = steps.map(({ step, unchanged, outputs }) => ({
      title: step.title,
      changed: !unchanged,
      ...(typeof outputs?.detail === 'string' && outputs.detail ? { detail: outputs.detail } : {}),
    }));
    return { run: run.id, host, login: await deployLogin(ctx, host), tasks };
  },
};
