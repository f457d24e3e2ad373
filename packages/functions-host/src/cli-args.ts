import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface CliOptions {
  root: string;
  port: number;
  host: string;
  envFile?: string;
  keys?: string;
  state?: string;
  analyse: boolean;
  json: boolean;
  /** seconds, of the analysis */
  deadline: number;
  help: boolean;
  version: boolean;
  recordChild: boolean;
}

export class UsageError extends Error {}

export const usage = `Usage: fanops-functions-host --root DIR [options]

Runs an Azure Functions Node.js app (v4 model) on plain Express.

  --root DIR        the app's folder: package.json, host.json
  --port N          port to listen on; 0 = a free one (default: PORT, else 0)
  --host ADDR       address to listen on (default 127.0.0.1)
  --env-file FILE   app settings as KEY=VALUE lines
  --keys FILE       function keys as "az functionapp keys list" prints them
  --state DIR       folder for timer status, shared by the processes of one app
  --analyse         do not run: say what the app needs and what stands in the way
  --json            with --analyse: print the result as JSON
  --deadline S      with --analyse: seconds that loading the app may take (default 30)
  --version, --help
`;

const options = {
  root: { type: 'string' }, port: { type: 'string' }, host: { type: 'string' }, 'env-file': { type: 'string' },
  keys: { type: 'string' }, state: { type: 'string' }, analyse: { type: 'boolean' }, json: { type: 'boolean' },
  deadline: { type: 'string' }, help: { type: 'boolean' }, version: { type: 'boolean' }, 'record-child': { type: 'boolean' },
} as const;

/** Parses the command line. Throws UsageError. Paths come out absolute, since the host changes its folder. */
export function parseCli(argv: string[], env: NodeJS.ProcessEnv): CliOptions {
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { help = false, version = false } = values;
  if (!values.root && !help && !version) throw new UsageError('--root DIR is missing.');
  const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : resolve(value));
  return {
    root: resolve(values.root ?? '.'),
    port: wholeNumber('--port', values.port ?? env.PORT ?? '0', 0, 65_535),
    host: values.host ?? '127.0.0.1',
    envFile: path(values['env-file']),
    keys: path(values.keys),
    state: path(values.state),
    analyse: values.analyse ?? false,
    json: values.json ?? false,
    deadline: wholeNumber('--deadline', values.deadline ?? '30', 1, 3600),
    help,
    version,
    recordChild: values['record-child'] ?? false,
  };
}

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new UsageError(`${name} must be a whole number from ${min} to ${max}.`);
  return value;
}
