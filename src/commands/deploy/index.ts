import { Args, Flags } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { without } from '../../flags.js';
import { askService } from '../../prompts/service.js';
import { renderDeploy } from '../../ui/render/deploy.js';

export default class Deploy extends PlanCommand {
  static override summary = 'Bring a new version of a service to where it is now';
  static override examples = [
    '<%= config.bin %> <%= command.id %> m1 --yes',
    '<%= config.bin %> <%= command.id %> m1 --without app-2',
  ];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };
  static override flags = {
    'without-keys': Flags.boolean({
      description: 'go ahead although functions ask for a key and the service has no keys: they answer 401',
      default: false,
    }),
    without: without(),
  };

  async run(): Promise<PlanOutcome<'deploy'>> {
    const { args, flags } = await this.parse(Deploy);
    const service = await askService(this.context(flags), args.service, this.interactive);
    return this.carryOut(
      'deploy',
      { service, without: flags.without, withoutKeys: flags['without-keys'] },
      flags,
      renderDeploy,
    );
  }
}
