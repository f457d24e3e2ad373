import { Args, Flags } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { without } from '../../flags.js';
import { askService } from '../../prompts/service.js';
import { renderMigrate } from '../../ui/render/migrate.js';

export default class Migrate extends PlanCommand {
  static override summary = 'Move a service from one placement to another, step by step';
  static override description =
    'Analyses the app, brings it to the target host, tries it there, compares both ' +
    'sides, and moves the traffic over in steps that are held and watched. When a step ' +
    'fails, all traffic goes back at once and the exit code is 6; when this process ' +
    'dies, a watchdog on the router host does the same.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> m1',
    '<%= config.bin %> <%= command.id %> m1 --dry-run',
    '<%= config.bin %> <%= command.id %> m1 --to vm --steps 5,25,100 --hold 30s --yes',
  ];
  static override args = { service: Args.string({ description: 'service of the fleet', required: false }) };
  static override flags = {
    'without-keys': Flags.boolean({
      description: 'go ahead although functions ask for a key and the service has no keys: they answer 401',
      default: false,
    }),
    to: Flags.string({ description: 'placement to move to; default: the only other one', helpValue: 'PLACEMENT' }),
    steps: Flags.string({
      description: 'shares of the new side in per cent, rising to 100',
      default: '10,50,100',
      helpValue: 'LIST',
    }),
    hold: Flags.string({
      description: 'how long each share is held and watched; default: timing.hold of the fleet file, else 5s',
      helpValue: 'DURATION',
    }),
    without: without(),
  };

  async run(): Promise<PlanOutcome<'migrate'>> {
    const { args, flags } = await this.parse(Migrate);
    const service = await askService(this.context(flags), args.service, this.interactive);
    const { to, steps, hold, without: left, 'without-keys': withoutKeys } = flags;
    return this.carryOut('migrate', { service, to, steps, hold, without: left, withoutKeys }, flags, renderMigrate);
  }
}
