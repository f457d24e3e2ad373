import { BaseCommand, type BaseFlags } from './base-command.js';
import { CancelledError, UserError } from './core/errors.js';
import { parseDuration } from './core/duration.js';
import { Flags } from './oclif.js';
import { CATALOG, type InputOf, type NameOf, type OptionsOf, type ResultOf } from './operations/catalog.js';
import type { Operation, PlanFacts } from './kit/operation.js';
import { parseOptions } from './operations/parse-options.js';
import { dryRun, dryRunExitCode, planned, runPlanned, type DryRunResult } from './operations/run/start.js';
import { renderDryRun, renderPlan } from './ui/render/plan.js';
import type { Style } from './ui/style.js';

export interface PlanFlags extends BaseFlags {
  'dry-run': boolean;
  'exit-code': boolean;
  yes: boolean;
  'lock-timeout': string;
}

/** What a command that plans prints: the result of its operation, or what it would change. */
export type PlanOutcome<N extends NameOf<'operation'>> = ResultOf<N> | DryRunResult;

/** A command that changes something: it plans, asks, and carries out; or stops after the plan. */
export abstract class PlanCommand extends BaseCommand {
  static override baseFlags = {
    ...BaseCommand.baseFlags,
    // Neither has a default: oclif takes a flag with one for given, so that `dependsOn` would say nothing, or fail
    // always.
    'dry-run': Flags.boolean({ description: 'show what would change, and change nothing' }),
    'exit-code': Flags.boolean({
      description: 'with --dry-run: exit with 3 when something would change',
      dependsOn: ['dry-run'],
    }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask', default: false }),
    'lock-timeout': Flags.string({
      description: 'how long to wait for a lock that somebody holds',
      default: '0s',
      helpValue: 'DURATION',
    }),
  };

  /** Plans an operation of the catalog, confirms it and carries it out; `render` makes the text for people. */
  protected async carryOut<N extends NameOf<'operation'>>(
    name: N,
    input: InputOf<N>,
    flags: PlanFlags,
    render: (result: ResultOf<N>, style: Style) => string,
    /** What the user must type to confirm, for what cannot be brought back. */
    phrase?: string,
  ): Promise<PlanOutcome<N>> {
    const options = await parseOptions(name, input, (path) => this.#flagOf(path));
    const lockWaitMs = parseDuration(flags['lock-timeout'], '--lock-timeout');
    if (!flags['dry-run'] && !flags.yes && !this.interactive) {
      throw new UserError('This changes things, and nobody is here to confirm it.', {
        hint: 'Pass --yes to go ahead, or --dry-run to look first.',
      });
    }
    // An entry of the catalog compiles only with schemas that are those of its operation.
    const operation = (await CATALOG[name].load()) as unknown as Operation<OptionsOf<N>, PlanFacts, ResultOf<N>>;
    const ctx = this.context(flags);
    await ctx.trusted();
    if (flags['dry-run']) {
      const plan = await operation.plan(ctx, options);
      const looked = await dryRun(ctx, plan);
      this.print(renderDryRun(looked, this.style));
      if (flags['exit-code']) process.exitCode = dryRunExitCode(looked);
      return looked;
    }
    const first = await planned(ctx, operation, options);
    if (!flags.yes) {
      this.print(renderPlan(first.plan, this.style));
      const { confirm, confirmByTyping } = await import('./prompts/confirm.js');
      if (!(phrase === undefined ? await confirm('Go ahead?', ctx.signal) : await confirmByTyping(phrase, ctx.signal)))
        throw new CancelledError('Nothing was changed.');
    }
    const result = await this.changing(() =>
      runPlanned(ctx, operation, options, first, { lockWaitMs, confirmed: !flags.yes }),
    );
    await this.progressSettled();
    this.print(render(result, this.style));
    return result;
  }

  /** The flag that gives an option; '' for an argument, which a message need not name. */
  #flagOf([option = '']: readonly PropertyKey[]): string {
    const flag = String(option).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return this.ctor.flags[flag] === undefined ? '' : `--${flag}`;
  }
}
