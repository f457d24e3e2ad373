import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Listen } from './lifecycle/also-listen.js';

export interface CliOptions {
  root: string;
  port: number;
  host: string;
  /** Further addresses to listen on. */
  alsoListen: Listen[];
  envFile?: string;
  keys?: string;
  state?: string;
  /** Do as Azure does where Azure surprises; undefined where neither was asked for. */
  strict?: boolean;
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

Runs an Azure Functions Node.js app on plain Express, unmodified. Prints "ready http://ADDR:PORT" when it answers.

  --root DIR        the app's folder, with host.json and package.json
  --port N          port to listen on; 0 = a free one (default: PORT, else 0)
  --host ADDR       address to listen on (default 127.0.0.1)
  --also-listen A:P a further address and port to listen on, such as 127.0.0.1:7072; may be given again
  --env-file FILE   app settings as KEY=VALUE lines
  --keys FILE       function keys as "az functionapp keys list" prints them
  --state DIR       folder for timer status, shared by the processes of one app
  --strict          do as Azure does also where that surprises, such as dropping chunked bodies
  --lenient         do what people expect there (the default)
  --analyse         do not run: say what the app needs and what stands in the way
  --json            with --analyse: print the result as JSON
  --deadline S      with --analyse: seconds that loading the app may take (default 30)
  --version, --help

Example: fanops-functions-host --root . --port 7071 --env-file app.env
`;

const options = {
  root: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  'also-listen': { type: 'string', multiple: true },
  'env-file': { type: 'string' },
  keys: { type: 'string' },
  state: { type: 'string' },
  strict: { type: 'boolean' },
  lenient: { type: 'boolean' },
  analyse: { type: 'boolean' },
  json: { type: 'boolean' },
  deadline: { type: 'string' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  'record-child': { type: 'boolean' },
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
  if (!values.root && !help && !version)
    throw new UsageError('--root DIR is missing: the folder of the functions app, such as --root .');
  if (values.strict && values.lenient)
    throw new UsageError('--strict and --lenient exclude each other: give one of them.');
  for (const name of ['env-file', 'keys', 'state', 'host'] as const) {
    if (values[name] === '') throw new UsageError(`--${name} is empty.`);
  }
  const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : resolve(value));
  return {
    root: resolve(values.root ?? '.'),
    port: wholeNumber('--port', values.port ?? env.PORT ?? '0', 0, 65_535),
    host: values.host ?? '127.0.0.1',
    alsoListen: (values['also-listen'] ?? []).map(listenAddress),
    envFile: path(values['env-file']),
    keys: path(values.keys),
    state: path(values.state),
    strict: values.strict ?? (values.lenient ? false : undefined),
    analyse: values.analyse ?? false,
    json: values.json ?? false,
    deadline: wholeNumber('--deadline', values.deadline ?? '30', 1, 3600),
    help,
    version,
    recordChild: values['record-child'] ?? false,
  };
}

/** `127.0.0.1:7072`, `[::1]:7072`. */
function listenAddress(text: string): Listen {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  if (port === undefined)
    throw new UsageError(`--also-listen must be ADDRESS:PORT, such as 127.0.0.1:7072; it is "${text}".`);
  return { host: v6 ?? v4 ?? '', port: wholeNumber('--also-listen', port, 1, 65_535) };
}

/** Throws UsageError unless the folder is there and looks like a functions app. */
export async function assertAppFolder(root: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(root);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is no folder' : `cannot be read (${code})`;
    throw new UsageError(`--root ${root} ${problem}.`);
  }
  if (names.includes('host.json') || names.includes('package.json')) return;
  const below = names.includes('src') || names.includes('api') ? ' Is the app in a folder below it?' : '';
  throw new UsageError(`--root ${root} is no functions app: it has neither host.json nor package.json.${below}`);
}

/** Throws UsageError, naming the option or setting. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`${name} must be a whole number from ${min} to ${max}; it is "${text}".`);
}
