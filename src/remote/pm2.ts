import { decode, decodeValue, pm2Apps, pm2Processes, type Pm2Process } from '#protocol';
import { runScript } from '../core/host-script.js';
import { PM2_DELETE, PM2_PICK, PM2_SAVE, PM2_SAVED } from './pm2-programs.js';

export type { Pm2Process } from '#protocol';

/**
 * Command lines for PM2 and the parser of its process list. The list is cut down to harmless fields on the host, before
 * it travels.
 */
const pm2 = (...args: string[]): string[] => runScript('pm2', 'fanops-pm2', ...args);

/**
 * Starts the apps of an ecosystem file that are not there and reloads the others, with the file's environment. PM2
 * knows them by name only: look
 * first that nobody else has a process of that name.
 */
export const startOrReload = (ecosystem: string): string[] => pm2('startOrReload', ecosystem, '--update-env');
export const scaleApp = (name: string, instances: number): string[] => pm2('scale', name, String(instances));

/**
 * An app of fanops under PM2: its name, and the folder below the login's home in which its program lies. Both must fit:
 * others may use the name.
 */
export interface OwnApp {
  name: string;
  folder: string;
}

/**
 * Ends the processes of an app, by PM2's ids, and leaves those of others with the same name alone. None is no error.
 */
export const deleteApp = ({ name, folder }: OwnApp): string[] =>
  runScript('pm2-delete', 'fanops-pm2', PM2_DELETE, name, folder);

/**
 * Brings the list that a reboot brings back up to date: the entries of these apps become what PM2 runs of them now,
 * those of others stay as they are,
 * also when PM2 does not run them at this moment.
 */
export const saveApps = (...apps: readonly OwnApp[]): string[] =>
  runScript('pm2-save', 'fanops-pm2', PM2_SAVE, ...apps.flatMap(({ name, folder }) => [name, folder]));

/**
 * Prints two lists, what PM2 runs and what a reboot brings back. Changes nothing: where no PM2 runs, or there is none,
 * it starts none.
 */
export const lookAtApps = (): string[] => runScript('pm2-look', 'fanops-pm2', PM2_PICK, PM2_SAVED);

/** What `lookAtApps` printed: both lists in one. @throws MalformedError when the text holds no lists. */
export const parseLook = (stdout: string): Pick<Pm2Process, 'name' | 'script'>[] =>
  stdout
    .trim()
    .split('\n')
    .slice(-2)
    .flatMap((line) => decode(pm2Apps, line));

/** Prints the process list as JSON, picked on the host. */
export const listApps = (): string[] => runScript('pm2-list', 'fanops-pm2', PM2_PICK, 'jlist');

/** Whether a process is one of an app of fanops: by its name, and by where its program lies. */
export const isOwn = ({ name, script }: Pick<Pm2Process, 'name' | 'script'>, app: OwnApp): boolean =>
  name === app.name && script?.startsWith(`${app.folder}/`) === true;

/** @throws SyntaxError when the text holds no list; MalformedError when it is not one of processes. */
export function parseApps(stdout: string): Pm2Process[] {
  const start = stdout.lastIndexOf('\n[') + 1;
  return decodeValue(pm2Processes, JSON.parse(stdout.slice(start)));
}

/** One app of an ecosystem file. */
export interface Pm2App {
  name: string;
  script: string;
  args: string[];
  cwd: string;
  instances: number;
  env: Record<string, string>;
  outFile: string;
  errorFile: string;
  /** Milliseconds a new process has to say that it is ready. */
  listenTimeoutMs: number;
  /** Milliseconds an old process has to finish what it answers. */
  killTimeoutMs: number;
  /** True for an app that keeps its sockets by itself: one process, and at its end PM2 leaves the children to it. */
  alone?: true;
  /** True for an app that is not started again when it ends. */
  once?: true;
}

/**
 * The ecosystem file of an app: cluster mode also for one instance (fork mode drops requests at a reload),
 * `wait_ready`, and a slow restart
 * when it crashes.
 */
export function ecosystem(app: Pm2App): string {
  const { outFile, errorFile, listenTimeoutMs, killTimeoutMs, alone, once, ...rest } = app;
  const fields = {
    ...rest,
    exec_mode: alone ? 'fork' : 'cluster',
    ...(alone && { treekill: false }),
    wait_ready: true,
    listen_timeout: listenTimeoutMs,
    kill_timeout: killTimeoutMs,
    shutdown_with_message: false,
    exp_backoff_restart_delay: 200,
    max_restarts: 16,
    out_file: outFile,
    error_file: errorFile,
    merge_logs: true,
    autorestart: !once,
  };
  return `${JSON.stringify({ apps: [fields] }, null, 2)}\n`;
}
