import { formatDuration, parseDuration } from '../../core/duration.js';
import { lastLines } from '../../core/lines.js';
import { FanopsError, RemoteError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { hookKey, type HookName, type HookPhase } from '../../fleet/earlier-spelling.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';

interface HookInput {
  name: HookName;
  run: string;
  timeoutMs: number;
  /** Facts for the environment of the command, by name without the prefix. */
  facts: Record<string, string>;
}

/** The step of a hook, when the fleet file has it. `facts` reach the command as FANOPS_NAME. */
function stepsOfHook(fleet: Fleet, name: HookName, facts: Record<string, string>): Step[] {
  const hook = fleet.config.hooks?.[hookKey(name)];
  if (hook === undefined) return [];
  const { run, timeout = '1m' } = typeof hook === 'string' ? { run: hook } : hook;
  const input: HookInput = { name, run, timeoutMs: parseDuration(timeout, `hooks.${hookKey(name)}.timeout`), facts };
  return [hookStep.step(`hook/${name}`, `Run the hook ${name}`, input)];
}

/** Steps of a phase with its hooks around them. A phase without steps has no hooks. */
export function withHooks(fleet: Fleet, phase: HookPhase, facts: Record<string, string>, steps: Step[]): Step[] {
  if (steps.length === 0) return [];
  return [...stepsOfHook(fleet, `before-${phase}`, facts), ...steps, ...stepsOfHook(fleet, `after-${phase}`, facts)];
}

/**
 * Runs a hook on the control machine. It is a command of the user's: whether it took effect cannot be told, so an
 * interrupted one is asked about.
 * Facts are in FANOPS_HOOK, FANOPS_RUN, FANOPS_FLEET, FANOPS_ENVIRONMENT, FANOPS_SERVICE, FANOPS_FROM, FANOPS_TO,
 * FANOPS_RELEASE.
 */
export const hookStep = defineStep<OperationContext, HookInput>('hook', {
  async apply(io) {
    const { name, run, timeoutMs, facts } = io.input;
    const fleet = await io.ctx.fleet();
    const env = {
      FANOPS_HOOK: name,
      FANOPS_RUN: io.runId,
      FANOPS_FLEET: fleet.name,
      FANOPS_ENVIRONMENT: fleet.source.environment ?? '',
      // A fact that a phase does not have is empty, not what the user's own environment happens to say.
      FANOPS_SERVICE: '',
      FANOPS_FROM: '',
      FANOPS_TO: '',
      FANOPS_RELEASE: '',
      ...Object.fromEntries(Object.entries(facts).map(([key, value]) => [`FANOPS_${key.toUpperCase()}`, value])),
    };
    const here = await io.ctx.hosts.controlMachine();
    const result = await here
      .run(
        { argv: ['sh', '-c', run], cwd: fleet.dir, env },
        { timeoutMs, signal: io.signal, onLine: (line) => io.line(line) },
      )
      .catch((error: unknown) => {
        if (!(error instanceof RemoteError) || error.code !== 'DEADLINE') throw error;
        throw failed(
          name,
          run,
          `did not end within ${formatDuration(timeoutMs)}, and was ended`,
          `Give it more time with hooks.${hookKey(name)}.timeout, or make it quicker.`,
        );
      });
    if (result.code === 0) return;
    const last = lastLines(`${result.stdout}${result.stderr}`, 12);
    throw failed(name, run, `ended with ${result.code ?? result.signal ?? 'an error'}`, last, result.code);
  },
});

const failed = (name: HookName, run: string, what: string, hint: string, status?: number | null): FanopsError =>
  new FanopsError(`The hook ${name} ${what}.`, {
    code: 'HOOK',
    where: `hooks.${hookKey(name)}`,
    hint: hint || undefined,
    data: { hook: name, command: run, status },
  });
