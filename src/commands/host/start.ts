import { UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askHost } from '../../prompts/service.js';
import { renderPower } from '../../ui/render/host.js';

export default class HostStart extends PlanCommand {
  static override summary = 'Start a host that was stopped';
  static override examples = [
    '<%= config.bin %> <%= command.id %> app-1',
    '<%= config.bin %> <%= command.id %> --all --yes',
  ];
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };
  static override flags = {
    all: Flags.boolean({ description: 'all hosts of the fleet that have a provider', default: false }),
  };

  async run(): Promise<PlanOutcome<'host start'>> {
    const { args, flags } = await this.parse(HostStart);
    if (flags.all && args.host) throw new UserError('Name a host or pass --all, not both.');
    const host = flags.all ? undefined : await askHost(this.context(flags), args.host, this.interactive);
    return this.carryOut('host start', { host }, flags, renderPower);
  }
}
