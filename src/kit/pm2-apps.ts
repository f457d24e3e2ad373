import { messageOf, PreconditionError, RemoteError } from '../core/errors.js';
import {
  deleteApp,
  isOwn,
  listApps,
  lookAtApps,
  parseApps,
  parseLook,
  saveApps,
  startOrReload,
  type OwnApp,
  type Pm2Process,
} from '../remote/pm2.js';
import type { StepIo } from '../core/step.js';
import type { OperationContext } from './context.js';
import { ask, mutateOk } from './on-host.js';

type Io = Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal'>;
type Named = Pick<Pm2Process, 'name' | 'script'>;

/** Milliseconds that PM2 may take for a list, for the end of processes, and for their start or reload. */
const LIST_MS = 30_000;
const END_MS = 120_000;
const START_MS = 180_000;

/** All that PM2 runs on a host, whoever started it. */
export async function pm2List(ctx: OperationContext, host: string): Promise<Pm2Process[]> {
  const printed = await ask(ctx, host, listApps(), 'PM2 could not be asked', { timeoutMs: LIST_MS });
  return readList(host, () => parseApps(printed));
}

/** @throws RemoteError (code BAD_ANSWER) when what PM2 printed is no list */
function readList<T>(host: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new RemoteError(`The list of PM2 on ${host} cannot be read: ${messageOf(error)}.`, {
      host,
      code: 'BAD_ANSWER',
      cause: error,
      hint: 'Look whether PM2 answers there.',
      nextSteps: [`fanops exec ${host} -- pm2 jlist`],
    });
  }
}

/** The processes of an app of fanops; never those of others that have its name. */
export async function ownProcesses(ctx: OperationContext, host: string, app: OwnApp): Promise<Pm2Process[]> {
  return (await pm2List(ctx, host)).filter((each) => isOwn(each, app));
}

/**
 * The processes of an app that is about to be started or swapped: PM2 does that by name.
 * @throws PreconditionError (code NOT_OURS) when somebody else has a process of that name
 */
export async function ownBeforeStart(ctx: OperationContext, host: string, app: OwnApp): Promise<Pm2Process[]> {
  const list = await pm2List(ctx, host);
  const [other] = othersNamed(list, [app]);
  if (other) throw notOurs(host, other);
  return list.filter((each) => isOwn(each, app));
}

/** Processes of others that have the names of apps of fanops. */
export const othersNamed = <T extends Named>(processes: readonly T[], apps: readonly OwnApp[]): T[] =>
  processes.filter((each) => apps.some((app) => app.name === each.name && !isOwn(each, app)));

/**
 * PM2 tells processes apart by name where it starts and reloads them, so that a name belongs to one of us. Looks at
 * what runs and at what a reboot
 * would bring back, and changes nothing.
 * @throws PreconditionError (code NOT_OURS) that names the process
 */
export async function refuseOthers(ctx: OperationContext, host: string, ...apps: OwnApp[]): Promise<void> {
  const printed = await ask(ctx, host, lookAtApps(), 'PM2 could not be asked', { timeoutMs: LIST_MS });
  const [other] = othersNamed(
    readList(host, () => parseLook(printed)),
    apps,
  );
  if (other) throw notOurs(host, other);
}

function notOurs(host: string, { name, script }: Named): PreconditionError {
  return new PreconditionError(
    `PM2 on ${host} has a process named ${name} that fanops did not start (${script ?? 'its program is not known'}).`,
    {
      code: 'NOT_OURS',
      where: host,
      hint:
        `fanops needs the name ${name} and leaves what is not its own alone. Give that process ` +
        `another name, or end it, and save PM2's list (pm2 delete, pm2 start --name, pm2 ` +
        'save).',
      nextSteps: [`fanops exec ${host} -- pm2 describe ${name}`],
    },
  );
}

/**
 * Starts an app by its ecosystem file, or swaps its processes. Look by `ownBeforeStart` first.
 * @param drainMs how long requests under way may take
 */
export async function startApp(io: Io, host: string, ecosystem: string, what: string, drainMs = 0): Promise<void> {
  await mutateOk(io, host, startOrReload(ecosystem), what, draining(START_MS, drainMs));
}

/** Ends the processes of an app. None is no error. @param drainMs how long requests under way may take */
export async function endApp(io: Io, host: string, app: OwnApp, what: string, drainMs = 0): Promise<void> {
  await mutateOk(io, host, deleteApp(app), what, draining(END_MS, drainMs));
}

/** Limits of a command that waits for requests under way; a resume waits for it as long. */
const draining = (timeoutMs: number, drainMs: number) =>
  drainMs === 0 ? { timeoutMs } : { timeoutMs: timeoutMs + drainMs, forerunnerSeconds: drainMs / 1000 + 20 };

/** Brings PM2's saved list up to date for these apps; what others saved stays. */
export async function saveList(io: Io, host: string, ...apps: OwnApp[]): Promise<void> {
  await mutateOk(io, host, saveApps(...apps), "PM2's list could not be saved", { timeoutMs: END_MS });
}
