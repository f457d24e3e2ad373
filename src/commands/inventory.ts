import { resolve } from 'node:path';
import { BaseCommand } from '../base-command.js';
import { Flags } from '../oclif.js';
import { CATALOG, type ResultOf } from '../operations/catalog.js';

export default class Inventory extends BaseCommand {
  static override summary = 'Give Ansible the hosts of the fleet';
  static override description =
    'The script that --write makes is an inventory for `ansible -i`. Groups: role_ROLE and ' +
    'provider_NAME. Host keys are checked as fanops does.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --write inventory.sh',
    'ansible -i inventory.sh role_app -m ping',
    '<%= config.bin %> <%= command.id %> --list',
  ];
  static override flags = {
    list: Flags.boolean({
      description: 'print all groups and hosts (what it does without a flag)',
      exclusive: ['host', 'write'],
    }),
    host: Flags.string({
      description: 'print the variables of one host',
      helpValue: 'NAME',
      exclusive: ['list', 'write'],
    }),
    write: Flags.string({
      description: 'write the script that answers --list and --host',
      helpValue: 'FILE',
      exclusive: ['list', 'host'],
    }),
  };

  async run(): Promise<ResultOf<'inventory'> | ResultOf<'inventory --write'>> {
    const { flags } = await this.parse(Inventory);
    const ctx = this.context(flags);
    if (flags.write !== undefined) {
      const file = resolve(flags.write);
      const { writeInventoryScript } = await import('../operations/inventory/ansible.js');
      await writeInventoryScript(ctx, {
        file,
        environment: flags.env,
        program: [process.execPath, resolve(process.argv[1] ?? '')],
      });
      this.print(`Wrote ${this.style.name(file)}. Try: ansible -i ${flags.write} all -m ping`);
      return { file };
    }
    const inventory = await CATALOG.inventory.load();
    const answer = await inventory(ctx, { host: flags.host });
    this.print(JSON.stringify(answer, null, 2));
    return answer;
  }
}
