import { ExitCode } from '../../core/exit-codes.js';
import { Flags } from '../../oclif.js';
import { listRuns } from '../../operations/run/list.js';
import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { askRun } from '../../prompts/run.js';
import { renderSweep } from '../../ui/render/host.js';

export default class HostSweep extends PlanCommand {
  static override summary = 'Remove everything at the providers that a run made and left';
  static override description =
    'Goes by the tags of machines, addresses and firewalls, so it also finds what a run of another ' +
    'clone made. `fanops runs undo` is the way back while the journal is there.';
  static override examples = ['<%= config.bin %> <%= command.id %> --run 20261121-014859-k3x9q'];
  static override flags = {
    run: Flags.string({ description: 'id of the run', helpValue: 'ID' }),
    force: Flags.boolean({ description: 'remove hosts also when the router sends users there' }),
  };

  async run(): Promise<PlanOutcome<'host sweep'>> {
    const { flags } = await this.parse(HostSweep);
    const ctx = this.context(flags);
    const run = await askRun(() => listRuns(ctx, 20), flags.run, this.interactive, '--run');
    const result = await this.carryOut('host sweep', { run, force: flags.force }, flags, renderSweep, run);
    if ('failed' in result && result.failed.length > 0) process.exitCode = ExitCode.partial;
    return result;
  }
}
