import { parseCli, UsageError, usage } from './cli-args.js';
import { version } from './version.js';

async function main(): Promise<void> {
  const options = parseCli(process.argv.slice(2), process.env);
  if (options.help) process.stdout.write(usage);
  else if (options.version) process.stdout.write(`${version}\n`);
  else if (options.recordChild) await (await import('./analyse/record-child.js')).recordChild(options.root);
  else if (options.analyse) await (await import('./analyse/command.js')).runAnalyse(options);
  else await (await import('./run-host.js')).runHost(options);
}

main().catch((error: unknown) => {
  const known = error instanceof UsageError;
  process.stderr.write(known ? `${error.message}\n\n${usage}` : `${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = known ? 2 : 1;
});
