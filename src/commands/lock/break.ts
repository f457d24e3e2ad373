import { BaseCommand } from '../../base-command.js';
import { CancelledError, UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { renderBroken } from '../../ui/render/lock.js';

export default class LockBreak extends BaseCommand {
  static override summary = 'Take a lock from a holder that is gone';
  static override description = 'A holder that is alive after all finds out at its next renewal and stops.';
  static override examples = ['<%= config.bin %> <%= command.id %> service-m1 --yes'];
  static override args = {
    lock: Args.string({
      description: 'name of the lock, as `lock show` prints it, or of the service',
      required: false,
    }),
  };
  static override flags = { yes: Flags.boolean({ char: 'y', description: 'do not ask', default: false }) };

  async run(): Promise<ResultOf<'lock break'>> {
    const { args, flags } = await this.parse(LockBreak);
    if (!args.lock) throw new UserError('Missing: LOCK.', { nextSteps: ['fanops lock show'] });
    const { lock } = args;
    const ctx = this.context(flags);
    await ctx.trusted();
    if (!flags.yes) {
      if (!this.interactive)
        throw new UserError('This takes a lock from somebody, and nobody is here to confirm it.', {
          hint: 'Pass --yes to go ahead.',
        });
      const { confirm } = await import('../../prompts/confirm.js');
      if (!(await confirm(`Take the lock ${lock} from its holder?`, ctx.signal)))
        throw new CancelledError('Nothing was changed.');
    }
    const breakLock = await CATALOG['lock break'].load();
    const result = await this.changing(() => breakLock(ctx, { lock }));
    this.print(renderBroken(result.broken, this.style));
    return result;
  }
}
