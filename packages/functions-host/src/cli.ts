import { assertAppFolder, parseCli, UsageError, usage } from './cli-args.js';
import { version } from './version.js';

async function main(): Promise<void> {
  const options = parseCli(process.argv.slice(2), process.env);
  if (options.help) return void process.stdout.write(usage);
  if (options.version) return void process.stdout.write(`${version}\n`);
  await assertAppFolder(options.root);
  if (options.recordChild) await (await import('./analyse/record-child.js')).recordChild(options.root);
  else if (options.analyse) await (await import('./analyse/command.js')).runAnalyse(options);
  else await (await import('./run-host.js')).runHost(options);
}

main().catch((error: unknown) => {
  const known = error instanceof UsageError;
  const text = known
    ? `${error.message}\nSee fanops-functions-host --help.`
    : error instanceof Error
      ? error.stack
      : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = known ? 2 : 1;
});
