import { Args, Flags } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { without } from '../../flags.js';
import { askService } from '../../prompts/service.js';
import { renderDeploy } from '../../ui/render/deploy.js';

export default class DeployRollback extends PlanCommand {
  static override summary = 'Run an earlier release of a service again';
  static override examples = [
    '<%= config.bin %> <%= command.id %> m1 --yes',
    '<%= config.bin %> <%= command.id %> m1 --to 20261121-021136-4f2a90c1',
  ];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };
  static override flags = {
    to: Flags.string({ description: 'release to run; default: the one before', helpValue: 'RELEASE' }),
    without: without(),
  };

  async run(): Promise<PlanOutcome<'deploy rollback'>> {
    const { args, flags } = await this.parse(DeployRollback);
    const service = await askService(this.context(flags), args.service, this.interactive);
    return this.carryOut('deploy rollback', { service, to: flags.to, without: flags.without }, flags, renderDeploy);
  }
}
