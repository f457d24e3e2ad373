import type { z } from 'zod';
import { BugError, PreconditionError, RemoteError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { NODE_SOURCES, type NodeSource } from '../../remote/bootstrap/node.js';
import { parseLook, type BootstrapTask, type Looked } from '../../remote/bootstrap/task.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { hostReadyStep } from '../../kit/host-check.js';
import { askRoot, mutateOk } from '../../kit/on-host.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { taskEntry, tasksFor } from './bootstrap-tasks.js';
import { deployLogin, type BootstrapInput, type BootstrapIo } from './install-programs.js';
import { unknownUntilReached } from '../../kit/not-there.js';
import type { options, result } from './bootstrap.schema.js';

export { NODE_SOURCES };

export type BootstrapOptions = z.output<typeof options>;

export type BootstrapResult = z.output<typeof result>;

/** One thing that a host gets: looked at, brought about, and looked at again. */
export const bootstrapStep = defineStep<OperationContext, BootstrapInput>(
  'host.bootstrap',
  unknownUntilReached({
    async check(io) {
      const { changes, details } = await look(
        io,
        await (await taskEntry(io.ctx, io.input.task)).make(io.ctx, io.input.host),
      );
      return changes.length > 0
        ? { state: 'change', changes }
        : { state: 'done', detail: details.join(', ') || undefined };
    },
    async apply(io) {
      const { host } = io.input;
      const { title, make, install } = await taskEntry(io.ctx, io.input.task);
      const task = await make(io.ctx, host);
      const perform = (each: BootstrapTask): Promise<void> => carryOut(io, title, each);
      await (install ? install(io, perform) : perform(task));
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

const look = async (
  { ctx, input: { host } }: Pick<BootstrapIo, 'ctx' | 'input'>,
  task: BootstrapTask,
): Promise<Looked> => parseLook(await askRoot(ctx, host, task.check, 'The state of the host could not be read'));

async function carryOut(io: BootstrapIo, title: string, task: BootstrapTask): Promise<void> {
  await mutateOk(io, io.input.host, task.apply, `"${title}" failed`, {
    root: true,
    timeoutMs: task.timeoutMs,
    onLine: (line) => io.line(line),
  });
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
  return (await tasksFor(ctx, host, fenced)).map(({ name: task, title }) =>
    bootstrapStep.step(
      `${host}/bootstrap/${task}`,
      title,
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
