import { BaseCommand } from '../../base-command.js';
import { Flags } from '../../oclif.js';
import { CATALOG, type ResultOf } from '../../operations/catalog.js';
import { exitCodeOf } from '../../operations/unanswered.js';
import { renderHosts } from '../../ui/render/host.js';

export default class HostListCommand extends BaseCommand {
  static override summary = 'List the hosts of the fleet file beside what their providers have';
  static override description =
    'Tells what is missing, what is there and not in the file, and how machines differ from the ' +
    'file. Exits with 3 when something did not answer, and with 4 when nothing did for want of a ' +
    'login.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --provider aws --json',
  ];
  static override flags = { provider: Flags.string({ description: 'only this one', helpValue: 'NAME' }) };

  async run(): Promise<ResultOf<'host list'>> {
    const { flags } = await this.parse(HostListCommand);
    const hostList = await CATALOG['host list'].load();
    const result = await hostList(this.context(flags), { provider: flags.provider, full: true });
    this.print(() => renderHosts(result, this.style));
    process.exitCode = exitCodeOf(result.failed, result.asked);
    return result;
  }
}
