import { UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askHost } from '../../prompts/service.js';
import { renderDestroy } from '../../ui/render/host.js';

export default class HostDestroy extends PlanCommand {
  static override summary = 'Remove a host with all that is on it';
  static override description = 'Asks for the name of the host to be typed, for that of the fleet with --all.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> app-1',
    '<%= config.bin %> <%= command.id %> --all --yes',
  ];
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };
  static override flags = {
    all: Flags.boolean({ description: 'all hosts of the fleet that have a provider', default: false }),
    force: Flags.boolean({ description: 'remove it also when the router sends users there' }),
  };

  async run(): Promise<PlanOutcome<'host destroy'>> {
    const { args, flags } = await this.parse(HostDestroy);
    if (flags.all && args.host) throw new UserError('Name a host or pass --all, not both.');
    const ctx = this.context(flags);
    const host = flags.all ? undefined : await askHost(ctx, args.host, this.interactive);
    return this.carryOut(
      'host destroy',
      { host, force: flags.force },
      flags,
      renderDestroy,
      host ?? (await ctx.fleet()).name,
    );
  }
}
