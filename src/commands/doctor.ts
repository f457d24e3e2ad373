import { BaseCommand } from '../base-command.js';
import { CancelledError, UserError } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';
import { Flags } from '../oclif.js';
import type { Mend } from '../operations/doctor/check.js';
import { doctor, type DoctorResult } from '../operations/doctor/doctor.js';
import type { Mended } from '../operations/doctor/mend.js';
import { renderDoctor, renderMends } from '../ui/render/doctor.js';

/** A host that runs again may show what is wrong on it: so often is looked again. */
const ROUNDS = 3;

export default class Doctor extends BaseCommand {
  static override summary = 'Look whether this machine, the fleet file, the hosts and the router are in order';
  static override description = `Says how to mend what is not. Exits with 1 when a check fails.

With --fix it mends what is safe, by the same operations that you would call: it corrects the modes in .fanops, removes old copies of apps from its cache, starts local hosts that are stopped, lets PM2 start what a host is to run, and applies a router that does not run. It asks first; without a terminal it needs --yes. Nothing else is touched.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --fix --yes',
  ];
  static override flags = {
    fix: Flags.boolean({ description: 'mend what is safe to mend' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask', dependsOn: ['fix'] }),
  };

  async run(): Promise<DoctorResult> {
    const { flags } = await this.parse(Doctor);
    const ctx = this.context(flags);
    const looked = await doctor(ctx);
    const result = flags.fix ? await this.#fix(ctx, looked, flags.yes) : looked;
    this.print(renderDoctor(result, this.style));
    if (result.sum.fail > 0) process.exitCode = ExitCode.failed;
    return result;
  }

  async #fix(ctx: ReturnType<BaseCommand['context']>, first: DoctorResult, yes: boolean): Promise<DoctorResult> {
    await ctx.trusted();
    const { mend, mendsOf } = await import('../operations/doctor/mend.js');
    let result = first;
    const mended: Mended[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const tried = new Set(mended.map(({ title }) => title));
      const mends = mendsOf(result.checks).filter(({ title }) => !tried.has(title));
      if (mends.length === 0) break;
      if (!yes) await this.#ask(result, mends, ctx.signal, mended.length === 0);
      for (const each of mends) {
        mended.push(await this.changing(() => mend(ctx, each)));
        await this.progressSettled();
      }
      result = await doctor(ctx);
    }
    return { ...result, mended };
  }

  async #ask(result: DoctorResult, mends: readonly Mend[], signal: AbortSignal, first: boolean): Promise<void> {
    if (!this.interactive) {
      throw new UserError('This changes things, and nobody is here to confirm it.', {
        hint: `${renderMends(mends)}\nPass --yes to go ahead.`,
      });
    }
    this.print(`${renderDoctor(result, this.style)}\n\n${renderMends(mends)}`);
    const { confirm } = await import('../prompts/confirm.js');
    if (!(await confirm('Go ahead?', signal)))
      throw new CancelledError(first ? 'Nothing was changed.' : 'The rest was not changed.');
  }
}
