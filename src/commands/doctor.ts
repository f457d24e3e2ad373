import { BaseCommand } from '../base-command.js';
import { CancelledError, UserError } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';
import { Flags } from '../oclif.js';
import { CATALOG, type ResultOf } from '../operations/catalog.js';
import type { Mend } from '../operations/doctor/check.js';
import { renderDoctor, renderMends } from '../ui/render/doctor.js';

export default class Doctor extends BaseCommand {
  static override summary = 'Look whether this machine, the fleet file, the hosts and the router are in order';
  static override description =
    'Says how to mend what is not. Exits with 1 when a check fails.\n\n' +
    'With --fix it mends what is safe, by the same operations that you would call: it corrects the modes in ' +
    '.fanops, removes old copies of apps from its cache, starts local hosts that are stopped, lets PM2 start ' +
    'what a host is to run, and applies a router that does not run. It asks first; without a terminal it needs ' +
    '--yes. Nothing else is touched.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --fix --yes',
  ];
  static override flags = {
    fix: Flags.boolean({ description: 'mend what is safe to mend' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask', dependsOn: ['fix'] }),
  };

  async run(): Promise<ResultOf<'doctor'>> {
    const { flags } = await this.parse(Doctor);
    const ctx = this.context(flags);
    const result = flags.fix ? await this.#fix(ctx, flags.yes) : await (await CATALOG.doctor.load())(ctx);
    this.print(renderDoctor(result, this.style));
    if (result.sum.fail > 0) process.exitCode = ExitCode.failed;
    return result;
  }

  async #fix(ctx: ReturnType<BaseCommand['context']>, yes: boolean): Promise<ResultOf<'doctor'>> {
    await ctx.trusted();
    const doctorFix = await CATALOG['doctor --fix'].load();
    return doctorFix(
      ctx,
      {},
      {
        confirm: yes ? undefined : (result, mends, first) => this.#ask(result, mends, ctx.signal, first),
        changing: async (work) => {
          const done = await this.changing(work);
          await this.progressSettled();
          return done;
        },
      },
    );
  }

  async #ask(result: ResultOf<'doctor'>, mends: readonly Mend[], signal: AbortSignal, first: boolean): Promise<void> {
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
