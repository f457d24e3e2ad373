import { BaseCommand } from '../base-command.js';
import { parseDuration } from '../core/duration.js';
import { UserError } from '../core/errors.js';
import { Args, Flags } from '../oclif.js';
import { execOn, type ExecResult } from '../operations/host/exec.js';

export default class Exec extends BaseCommand {
  static override summary = 'Run a command on a host';
  static override description = 'Words after -- reach the host unchanged: nothing is interpreted by a shell. For a pipeline run `sh -c`. The exit code is the one of the command.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> app-1 -- uptime',
    "<%= config.bin %> <%= command.id %> app-1 -- sh -c 'df -h | tail -1'",
    '<%= config.bin %> <%= command.id %> app-1 --sudo -- systemctl restart nginx',
  ];
  static override usage = '<%= command.id %> HOST [--sudo] [--timeout DURATION] [--json] [-e ENV] -- COMMAND [WORD...]';
  static override strict = false;
  static override args = { host: Args.string({ description: 'host of the fleet', required: false }) };
  static override flags = {
    timeout: Flags.string({ description: 'how long the command may take', default: '10m', helpValue: 'DURATION' }),
    sudo: Flags.boolean({ description: 'run it as root by sudo' }),
  };

  async run(): Promise<ExecResult> {
    const { args, flags, raw } = await this.parse(Exec);
    // Not `argv`: the parser sorts it by the first place of each word, so a word that comes twice would move.
    const command = raw.filter((token) => token.type === 'arg').map((token) => token.input).slice(1);
    if (!args.host || command.length === 0) {
      throw new UserError(`Missing: ${[...(args.host ? [] : ['HOST']), ...(command.length === 0 ? ['-- COMMAND'] : [])].join(', ')}.`, { hint: 'Example: fanops exec app-1 -- uptime' });
    }
    const { host } = args;
    // It runs on the host: Ctrl-C ends it there first.
    const result = await this.changing(() => execOn(this.context(flags), {
      host, command, sudo: flags.sudo, timeoutMs: parseDuration(flags.timeout, '--timeout'),
      onLine: this.jsonEnabled() ? undefined : (line, stream) => process[stream].write(`${line}\n`),
    }));
    process.exitCode = result.code ?? 1;
    return result;
  }
}
