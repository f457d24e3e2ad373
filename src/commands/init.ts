import { join } from 'node:path';
import { BaseCommand } from '../base-command.js';
import { providerFlags } from '../context/init-flags.js';
import { CancelledError, UserError } from '../core/errors.js';
import { Flags } from '../oclif.js';
import type { ResultOf } from '../operations/catalog.js';
import { EXISTING } from '../operations/init/host-questions.js';
import { initFile, initFleet, initHost, initService, type InitOptions } from '../operations/init/init.js';
import type { Ask } from '../operations/init/questions.js';
import { renderInit } from '../ui/render/init.js';

/** Of all providers; the manifest keeps them, so that help loads none. */
const { provider, answers } = await providerFlags();

export default class Init extends BaseCommand {
  static override summary = 'Write a fleet file, or add a host or a service to the one that is there';
  static override description =
    'Asks a few questions in a terminal. Without one, flags answer them; what has a default may be left out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --source ./m1 --url https://m1.azurewebsites.net ' +
      '--setting AzureWebJobsStorage=env:STORAGE --yes',
  ];
  static override flags = {
    name: Flags.string({ description: 'name of the fleet; default: the folder' }),
    host: Flags.string({ description: 'name of the first host; default: app-1' }),
    provider,
    address: Flags.string({ description: 'machine that exists', helpValue: '[USER@]HOST[:PORT]' }),
    ...answers,
    'router-port': Flags.string({
      description: 'port that users reach the router on, or none for no router; default: 8080',
      helpValue: 'PORT',
    }),
    service: Flags.string({ description: 'name of the service; default: its folder' }),
    source: Flags.string({
      description: 'folder of the function app; default: the only one below with a host.json',
      helpValue: 'FOLDER',
    }),
    url: Flags.string({ description: 'address of the function app, without the route prefix' }),
    route: Flags.string({
      description: 'path that the router sends to it; default: by its host.json',
      helpValue: 'PATH',
    }),
    port: Flags.string({ description: 'port of the service on the VM; default: 3000' }),
    setting: Flags.string({
      description: 'app setting as a reference: env:NAME, file:PATH or cmd:COMMAND',
      multiple: true,
      helpValue: 'KEY=REF',
    }),
    yes: Flags.boolean({ char: 'y', description: 'take the defaults, ask only where there is none', default: false }),
  };

  async run(): Promise<ResultOf<'init'>> {
    const { flags } = await this.parse(Init);
    const { file, exists } = await initFile(process.cwd(), flags.file);
    const context = this.context(flags);
    const [{ signal, trust }, registry] = [context, await context.registry()];
    const { setting, ...rest } = flags;
    if (flags.address !== undefined && ![undefined, EXISTING].includes(flags.provider)) {
      throw new UserError(`--address is for a machine that exists; one of ${flags.provider} gets its own.`, {
        hint: 'Leave --address or --provider out.',
      });
    }
    if (flags.address !== undefined) rest.provider = EXISTING;
    const given = Object.fromEntries(
      Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    const ask: Ask = async (questions) => {
      const { askQuestions } = await import('../prompts/init.js');
      return askQuestions(questions, { given, interactive: this.interactive, defaults: flags.yes, signal });
    };
    const settings = async (): Promise<string[]> => {
      if (setting || flags.yes || !this.interactive) return setting ?? [];
      return (await import('../prompts/init.js')).askSettings(signal);
    };
    const service = flags.service !== undefined || flags.url !== undefined;
    const { version, root } = this.config;
    const schema = join(root, 'schemas', 'fleet.schema.json');
    const options = { file, registry, ask, settings, service };
    const result = exists ? await this.#add(options, signal) : await initFleet({ ...options, version, schema });
    // Who made it here knows what is in it.
    if (result.created) await trust.accept();
    this.print(renderInit(result, this.style));
    return result;
  }

  async #add(options: Omit<InitOptions, 'schema' | 'version'>, signal: AbortSignal): Promise<ResultOf<'init'>> {
    const { file } = options;
    if (!this.interactive) {
      throw new UserError(`${file} is there already; it is not written over.`, {
        code: 'FILE_EXISTS',
        hint: 'Edit it, or run `fanops init` in a terminal to add a host or a service. --file names another one.',
      });
    }
    const { askAddition } = await import('../prompts/init.js');
    const what = await askAddition(file, signal);
    if (what === 'nothing') throw new CancelledError('Nothing was changed.');
    return what === 'host' ? initHost(options) : initService(options);
  }
}
