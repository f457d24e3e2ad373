import { BaseCommand } from '../base-command.js';
import { ExitCode } from '../core/exit-codes.js';
import { doctor, type DoctorResult } from '../operations/doctor/doctor.js';
import { renderDoctor } from '../ui/render/doctor.js';

export default class Doctor extends BaseCommand {
  static override summary = 'Look whether this machine, the fleet file, the hosts and the router are in order';
  static override description = 'Says how to mend what is not. Exits with 1 when a check fails.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<DoctorResult> {
    const { flags } = await this.parse(Doctor);
    const result = await doctor(this.context(flags));
    this.print(renderDoctor(result, this.style));
    if (result.sum.fail > 0) process.exitCode = ExitCode.failed;
    return result;
  }
}
