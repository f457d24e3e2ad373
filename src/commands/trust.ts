import { BaseCommand } from '../base-command.js';
import { CancelledError } from '../core/errors.js';
import { Flags } from '../oclif.js';
import type { ResultOf } from '../operations/catalog.js';
import { renderTrust } from '../ui/render/trust.js';

export default class TrustCommand extends BaseCommand {
  static override summary = 'Trust what the fleet file runs on this machine and sends from it';
  static override description =
    'Shows commands (cmd:, hooks, scripts of apps), files outside of the folder, variables, addresses and hosts, and ' +
    'records the folder with the hash of them, outside of the folder.\n' +
    'Other changes of the file need no new trust. In CI, pass the hash by --trust or FANOPS_TRUST; a whole path in ' +
    'FANOPS_TRUST trusts all below that folder.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> -e prod --yes',
    '<%= config.bin %> <%= command.id %> --revoke',
    '<%= config.bin %> <%= command.id %> --state .fanops.aside-1',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ description: 'show it, and record nothing' }),
    revoke: Flags.boolean({ description: 'forget all that was trusted here', exclusive: ['dry-run', 'state'] }),
    state: Flags.string({
      description: 'take a state folder that was set aside as your own',
      helpValue: 'FOLDER',
      exclusive: ['dry-run'],
    }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask', default: false }),
  };

  async run(): Promise<ResultOf<'trust'>> {
    const { flags } = await this.parse(TrustCommand);
    const ctx = this.context(flags);
    if (flags.revoke) return this.#show({ ...(await ctx.trust.revoke()), change: 'revoked' });
    if (flags.state !== undefined) await ctx.stateSetAside(flags.state);
    const seen = await ctx.trust.view();
    if (flags['dry-run']) return this.#show({ ...seen, change: 'none' });
    if (this.interactive && !flags.yes) {
      this.print(renderTrust({ ...seen, change: 'none' }));
      const { confirm } = await import('../prompts/confirm.js');
      if (
        !(await confirm(
          flags.state ? `Trust it, and take the host keys and runs in ${flags.state} as yours?` : 'Trust it?',
          ctx.signal,
        ))
      )
        throw new CancelledError('Nothing was changed.');
    }
    if (flags.state !== undefined) await ctx.adoptState(flags.state);
    return this.#show({ ...(await ctx.trust.accept()), change: 'trusted' });
  }

  #show(result: ResultOf<'trust'>): ResultOf<'trust'> {
    this.print(renderTrust(result));
    return result;
  }
}
