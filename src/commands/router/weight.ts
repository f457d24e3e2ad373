import { UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askService } from '../../prompts/service.js';
import { renderWeights } from '../../ui/render/router.js';

export default class RouterWeight extends PlanCommand {
  static override summary = 'Set by hand how the traffic of a service is split';
  static override description =
    'The weights add up to 100; a placement that is not named gets none. A placement that does not ' +
    'answer from the router host gets none. Nothing is held or watched: for that use `migrate`.';
  static override examples = ['<%= config.bin %> <%= command.id %> m1 azure=90 vm=10 --yes'];
  static override usage = '<%= command.id %> SERVICE PLACEMENT=SHARE... [--force] [--dry-run] [-y] [--json] [-e ENV]';
  static override strict = false;
  static override flags = {
    force: Flags.boolean({ description: 'give weight also to a placement that does not answer' }),
  };
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };

  async run(): Promise<PlanOutcome<'router weight'>> {
    const { args, flags, argv } = await this.parse(RouterWeight);
    const service = await askService(this.context(flags), args.service, this.interactive);
    const pairs = (argv as string[]).slice(1);
    if (pairs.length === 0)
      throw new UserError('Missing: PLACEMENT=SHARE.', { hint: 'Example: fanops router weight m1 azure=90 vm=10' });
    return this.carryOut('router weight', { service, weights: pairs, force: flags.force }, flags, renderWeights);
  }
}
