import { Args, Flags } from '../../oclif.js';
import { NODE_SOURCES } from '../../operations/host/bootstrap.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askHost } from '../../prompts/service.js';
import { renderBootstrap } from '../../ui/render/host.js';

export default class HostBootstrap extends PlanCommand {
  static override summary = 'Prepare a Debian or Ubuntu machine: login, Node, PM2, updates, what its roles need';
  static override description =
    'Also for a machine that nobody provisioned: it is reached as the fleet file says, and needs ' +
    'sudo. What is there already stays as it is.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> app-1',
    '<%= config.bin %> <%= command.id %> app-1 --node copy --yes',
  ];
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };
  static override flags = {
    node: Flags.option({ description: 'where Node comes from; default: each in turn', options: NODE_SOURCES })(),
    'accept-new-key': Flags.boolean({
      description: 'trust a host that is not known yet by the key it shows, and keep the key',
    }),
  };

  async run(): Promise<PlanOutcome<'host bootstrap'>> {
    const { args, flags } = await this.parse(HostBootstrap);
    const host = await askHost(this.context(flags), args.host, this.interactive);
    return this.carryOut('host bootstrap', { host, node: flags.node }, flags, renderBootstrap);
  }
}
