import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../src/core/events.js';
import { RECORDS } from './records.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = `${ROOT}bin/run.js`;

/** How a run of the built CLI ended. */
export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Program in place of that of this clone. */
  program?: string;
  /** Written to standard input, which is then closed. */
  stdin?: string;
}

/** A run of the built CLI that goes on; `events` grows while it runs with JSON progress. */
export interface LiveCli {
  child: ChildProcess;
  events: RunEvent[];
  /** Resolves at the first event that fits, or rejects when the process ends before. */
  event(fits: (event: RunEvent) => boolean): Promise<RunEvent>;
  ended: Promise<CliResult>;
}

let records: string | undefined;

/** The folder of this test's records of trust, which is nobody's real one. That of a whole test run is removed at its end: its workers are ended by signals. */
function recordsHere(): string {
  if (records) return records;
  const ofRun = process.env[RECORDS];
  const made = mkdtempSync(join(ofRun ?? tmpdir(), ofRun === undefined ? 'fo-records-' : 'of-'));
  if (ofRun === undefined) process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  return (records = made);
}

/** What lets commands act on fleets that tests make in the folder for temporary files. */
export const trustEnv = (): { FANOPS_TRUST: string; XDG_STATE_HOME: string } => ({
  FANOPS_TRUST: realpathSync(tmpdir()),
  XDG_STATE_HOME: recordsHere(),
});

/** The environment of a user with nothing of fanops set. */
export function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^(FANOPS_|VITEST|CI$|GITHUB_|NODE_OPTIONS$|FORCE_COLOR$|NODE_ENV$|TEST$)/.test(key),
  );
  return { ...Object.fromEntries(kept), ...trustEnv(), ...extra };
}

/** The environment of an operator whose clock is ahead of this machine's, or behind it. The hosts keep the right time. */
export const withClock = (aheadMs: number): NodeJS.ProcessEnv => ({
  FANOPS_TEST_CLOCK_MS: String(aheadMs),
  NODE_OPTIONS: `--import=${new URL('clock-shift.mjs', import.meta.url).href}`,
});

/** Starts the built CLI without a terminal. */
export function startCli(args: string[], options: CliOptions): LiveCli {
  const env = cleanEnv(options.env);
  const child = spawn(process.execPath, [options.program ?? RUN, ...args], {
    cwd: options.cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // The process may end before it reads.
  child.stdin.end(options.stdin ?? '');
  let stdout = '';
  let stderr = '';
  let rest = '';
  const events: RunEvent[] = [];
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{"type"')) events.push(JSON.parse(line) as RunEvent);
    watchers.forEach((look) => look());
  });
  const ended = once(child, 'close').then(async ([code, signal]) => {
    const result = { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
    // Loaded where it is needed: most files of tests print for people.
    if (args.includes('--json') || events.length > 0) {
      const { checkJsonOutput, checkProgress } = await import('./json-output.js');
      checkProgress(args, events);
      await checkJsonOutput(args, result);
    }
    return result;
  });
  return {
    child,
    events,
    ended,
    event: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find(fits);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        void ended.then((result) =>
          reject(
            new Error(`fanops ${args.join(' ')} ended with ${result.code} before the event came:\n${result.stderr}`),
          ),
        );
        look();
      }),
  };
}

/** Runs the built CLI to its end. What `--json` and `--progress json` print is held against its schema. */
export const cli = (args: string[], options: CliOptions): Promise<CliResult> => startCli(args, options).ended;
