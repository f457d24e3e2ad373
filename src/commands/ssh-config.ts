import { BaseCommand } from '../base-command.js';
import { ExitCode } from '../core/exit-codes.js';
import { CATALOG, type ResultOf } from '../operations/catalog.js';
import { sshConfigText } from '../operations/inventory/openssh.js';

export default class SshConfig extends BaseCommand {
  static override summary = 'Print the hosts of the fleet for the Include of an ssh_config';
  static override description =
    'Each host is there as NAME.FLEET and as NAME, with its key, its known host key and the hosts ' +
    'on its way. In ~/.ssh/config: Include fleet.conf';
  static override examples = ['<%= config.bin %> <%= command.id %> > ~/.ssh/fleet.conf'];

  async run(): Promise<ResultOf<'ssh-config'>> {
    const { flags } = await this.parse(SshConfig);
    const inventoryEntries = await CATALOG['ssh-config'].load();
    const all = await inventoryEntries(this.context(flags));
    this.print(sshConfigText(all).trimEnd());
    if (all.failed.length > 0) process.exitCode = ExitCode.partial;
    return all;
  }
}
