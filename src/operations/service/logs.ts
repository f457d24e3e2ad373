import { followFiles, tailFiles } from '../../remote/files.js';
import { serviceDir } from '../../remote/layout.js';
import type { OperationContext } from '../context.js';
import { ask } from '../on-host.js';
import { presentPm2 } from '../deploy/deploy.js';
import { currentRelease } from '../release/process.js';
import { rememberSecrets } from '../release/secrets-there.js';

export interface LogsOptions {
  service: string;
  lines: number;
  follow: boolean;
  onLine: (line: string) => void;
}

export interface LogsResult {
  service: string;
  host: string;
  lines: string[];
}

const DAY_MS = 86_400_000;

/** The last log lines of a service where it is now; with `follow` until the user ends it. */
export async function serviceLogs(ctx: OperationContext, options: LogsOptions): Promise<LogsResult> {
  const { service, lines, follow } = options;
  const { placement: { host } } = await presentPm2(ctx, service);
  const release = await currentRelease(ctx, host, service);
  if (release) await rememberSecrets(ctx, host, service, release);
  const onLine = (line: string): void => options.onLine(ctx.scrubber.scrub(line));
  const files = ['out.log', 'error.log'].map((name) => `${serviceDir(service)}/logs/${name}`);
  if (!follow) {
    const text = await ask(ctx, host, tailFiles(lines, ...files), 'The logs could not be read');
    const last = ctx.scrubber.scrub(text).split('\n').filter((line) => line !== '');
    last.forEach(onLine);
    return { service, host, lines: last };
  }
  const transport = await ctx.transport(host);
  await transport.run({ argv: followFiles(lines, ...files) }, { signal: ctx.signal, timeoutMs: DAY_MS, onLine });
  return { service, host, lines: [] };
}
