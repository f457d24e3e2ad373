import { BaseCommand } from '../../base-command.js';
import { ExitCode } from '../../core/exit-codes.js';
import { hostList, type HostList } from '../../operations/host/list.js';
import { renderHosts } from '../../ui/render/host.js';

export default class HostListCommand extends BaseCommand {
  static override summary = 'List the hosts of the fleet file beside what their providers have';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<HostList> {
    const { flags } = await this.parse(HostListCommand);
    const result = await hostList(this.context(flags));
    this.print(renderHosts(result, this.style));
    if (result.failed.length > 0) process.exitCode = ExitCode.partial;
    return result;
  }
}
