import { BaseCommand } from '../../base-command.js';
import { UserError } from '../../core/errors.js';
import { Args, Flags } from '../../oclif.js';
import { askHost } from '../../prompts/service.js';

export default class HostSsh extends BaseCommand {
  static override summary = 'Open a shell on a host';
  static override examples = ['<%= config.bin %> <%= command.id %> app-1'];
  static override enableJsonFlag = false;
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };

  static override flags = {
    'accept-new-key': Flags.boolean({
      description: 'trust a host that is not known yet by the key it shows, and keep the key',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostSsh);
    if (!this.interactive)
      throw new UserError('A shell needs a terminal.', {
        hint: 'Run single commands with: fanops exec HOST -- COMMAND',
      });
    const ctx = this.context(flags);
    await ctx.trusted();
    const transport = await ctx.hosts.transport(await askHost(ctx, args.host, true));
    process.exitCode = await this.changing(() => transport.shell({ stdin: process.stdin, stdout: process.stdout }), {
      quiet: true,
    });
  }
}
