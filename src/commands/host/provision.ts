import { UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { NODE_SOURCES } from '../../operations/host/bootstrap.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askHost } from '../../prompts/service.js';
import { renderProvision } from '../../ui/render/host.js';

export default class HostProvision extends PlanCommand {
  static override summary = 'Make a host, or start it again, prepare it, and look whether it can do its work';
  static override examples = [
    '<%= config.bin %> <%= command.id %> app-1',
    '<%= config.bin %> <%= command.id %> --all --yes',
  ];
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };
  static override flags = {
    all: Flags.boolean({ description: 'all hosts of the fleet that have a provider', default: false }),
    node: Flags.option({ description: 'where Node comes from; default: each in turn', options: NODE_SOURCES })(),
  };

  async run(): Promise<PlanOutcome<'host provision'>> {
    const { args, flags } = await this.parse(HostProvision);
    if (flags.all && args.host) throw new UserError('Name a host or pass --all, not both.');
    const host = flags.all ? undefined : await askHost(this.context(flags), args.host, this.interactive);
    return this.carryOut('host provision', { host, node: flags.node }, flags, renderProvision);
  }
}
