import { readFile, rm } from 'node:fs/promises';
import { appliedState, parseJson, type AppliedState, type Probe } from 'fanops-protocol';
import { isAlive } from './alive.js';
import { routeNames } from './desired.js';
import { placementShape } from './foreign/buckets.js';
import { checkRoute } from './foreign/check.js';
import { readJson, writeJson } from './json-file.js';
import { lookUntil } from './look-until.js';
import { appliedFile, routeFile, settingsFile } from './layout.js';
import { probePlacements, probeText, risingPlacements, withBaselines } from './probe.js';
import type { ProbeContext } from './probe-path.js';
import { isOlder, parseRoute, parseSettings, routeKey, type Route, type RouterSettings } from './state.js';

const deadlineMs = 10_000;
/** Attempts of a put that others write in between. */
const TRIES = 5;

/**
 * How a route comes into effect. `forward`: whoever gets weight must answer. `revert`, the way back: where the side
 * that is
 * to get the traffic does not answer and one that has some does, users stay with who answers. `force`: nobody is asked.
 */
export type PutMode = 'forward' | 'revert' | 'force';

export interface PutOptions {
  mode?: PutMode;
  /** Settings that the router is about to get, by which placements are reached then; default: those it has. */
  settings?: RouterSettings;
}

/** The version in effect, and who was asked for it. */
export interface PutResult {
  version: number;
  probes: Probe[];
}

/** What is in force, or undefined when no router runs on the directory. */
export async function readApplied(dir: string): Promise<AppliedState | undefined> {
  const applied = await readJson(appliedFile(dir), appliedState);
  return applied && isAlive(applied.pid, applied.start) ? applied : undefined;
}

/**
 * Writes a service's route with the next version, and waits until a running router has it in force; without one it
 * counts
 * from its start on.
 * @throws {Error} when it is not valid, written under an older fence than the present one, or not taken up in time
 * @throws {NotAnsweringError} when somebody who is to get weight does not answer
 */
export async function putRoute(
  dir: string,
  service: string,
  text: string,
  options: PutOptions = {},
): Promise<PutResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await putOnce(dir, service, text, options);
    } catch (error) {
      if (!(error instanceof ChangedError) || attempt >= TRIES) throw error;
    }
  }
}

async function putOnce(
  dir: string,
  service: string,
  text: string,
  { mode = 'forward', settings }: PutOptions,
): Promise<PutResult> {
  const wanted = parseRoute(text);
  if (wanted.service !== service) throw new Error(`service: must be ${service}`);
  const present = await presentRoute(dir, service);
  refuseOlder(wanted, present);
  await refuseTwin(dir, wanted);
  // The router's own file has the baselines: a route that was kept somewhere may have old ones.
  const route = { ...wanted, baselines: present?.baselines ?? {} };
  const context = await probeContext(dir, settings);
  const probes = mode === 'force' ? [] : await probePlacements(route, risingPlacements(present, wanted), context);
  // Going back, a side that has traffic loses it only when it is down, not for an answer that is unlike an earlier one.
  const isBack = (name: string): boolean =>
    mode === 'revert' && (present?.placements ?? []).some((each) => each.name === name && each.weight > 0);
  const silent = mode === 'revert' ? silentPlacements(probes, isBack) : probes.filter(({ ok }) => !ok);
  if (silent.length > 0 && mode === 'forward') throw new NotAnsweringError(probes);
  const baselines = withBaselines(route, probes);
  if (silent.length > 0 && present)
    await stay(dir, { ...present, fence: wanted.fence, lock: wanted.lock, baselines }, probes, context);
  return { version: await write(dir, { ...(parseJson(text) as object), baselines }, present), probes };
}

/**
 * Where somebody who has traffic answers, they get all of it, and the way back ends there; where nobody does, it goes
 * on.
 * @throws {NotAnsweringError} that says who has the traffic
 */
async function stay(dir: string, present: Route, probes: readonly Probe[], context: ProbeContext): Promise<void> {
  const serving = present.placements.filter(({ weight }) => weight > 0);
  const asked = serving.filter(({ name }) => !probes.some(({ placement }) => placement === name));
  const all = [...probes, ...(await probePlacements(present, asked, context))];
  const answers = (name: string): boolean => all.some(({ placement, ok }) => placement === name && ok);
  const kept = serving.filter(({ name }) => answers(name));
  if (kept.length === 0) return;
  const weights = sharesOf(kept);
  if (kept.length < serving.length) {
    const file = parseJson((await read(routeFile(dir, present.service))) ?? '{}') as object;
    const placements = present.placements.map((each) => ({ ...each, weight: weights[each.name] ?? 0 }));
    await write(
      dir,
      { ...file, fence: present.fence, lock: present.lock, baselines: present.baselines, placements },
      present,
    );
  }
  throw new NotAnsweringError(all, weights);
}

/**
 * Probes of placements that nobody can go back to: a placement with several targets serves as long as one of them
 * does, and the router takes the others out. @param isBack whether a placement has traffic already
 */
function silentPlacements(probes: readonly Probe[], isBack: (placement: string) => boolean): Probe[] {
  const isSilent = (probe: Probe): boolean => !probe.ok && (!isBack(probe.placement) || isDown(probe));
  const serves = (placement: string): boolean =>
    probes.some((probe) => probe.placement === placement && !isSilent(probe));
  return probes.filter((probe) => isSilent(probe) && !serves(probe.placement));
}

/** Whether nothing answers there, or only errors do. */
const isDown = ({ error, status = 0 }: Probe): boolean => error !== undefined || status >= 500;

/** Whole shares in percent that add up to 100. */
function sharesOf(placements: Route['placements']): Record<string, number> {
  const sum = placements.reduce((total, { weight }) => total + weight, 0);
  const shares = placements.map(({ weight }) => Math.floor((weight * 100) / sum));
  shares[0] = (shares[0] ?? 0) + 100 - shares.reduce((total, share) => total + share, 0);
  return Object.fromEntries(placements.map(({ name }, index) => [name, shares[index] ?? 0]));
}

/** Brings a route into effect. @param value a route with everything that stands beside it; its version is set */
async function write(dir: string, value: object, seen: Route | undefined): Promise<number> {
  const wanted = parseRoute(JSON.stringify({ ...value, version: 0 }));
  const { service } = wanted;
  // The probes may have taken their time.
  const present = await presentRoute(dir, service);
  refuseOlder(wanted, present);
  if (present?.version !== seen?.version) throw new ChangedError(`the route of ${service} was changed meanwhile`);
  const version = (present?.version ?? 0) + 1;
  const { engine = 'embedded' } = await presentSettings(dir);
  // The configuration of an engine has no weights: to move traffic no check is needed, which would need room on the
  // disk.
  const checked = present && shapeOf(present) === shapeOf(wanted);
  if (!checked && engine !== 'embedded') await checkRoute(dir, engine, { ...wanted, version });
  const before = await read(routeFile(dir, service));
  // Stamped here: those who write routes have clocks of their own.
  const at = (value as { at?: string }).at === undefined ? {} : { at: new Date().toISOString() };
  await writeJson(dir, routeFile(dir, service), { ...value, version, ...at });
  try {
    await taken(dir, service, version);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (before === undefined) await rm(routeFile(dir, service), { force: true });
    else await writeJson(dir, routeFile(dir, service), parseJson(before));
    throw error;
  }
  return version;
}

function refuseOlder(wanted: Route, present: Route | undefined): void {
  if (!present || !isOlder(wanted, present)) return;
  throw new OvertakenError(
    `fence ${wanted.fence} is lower than the present ${present.fence}: somebody else has taken over`,
  );
}

/** The router follows one route of two for the same requests, so the second one is not written. */
async function refuseTwin(dir: string, wanted: Route): Promise<void> {
  const others = (await routeNames(dir))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((name) => name !== wanted.service);
  for (const name of others) {
    // One that cannot be read is not followed either.
    const other = await presentRoute(dir, name).catch(() => undefined);
    if (other && routeKey(other) === routeKey(wanted)) throw new Error(`path: ${name} has the same route`);
  }
}

/** How the router of a directory reaches placements. @param settings in place of those that it has */
export async function probeContext(dir: string, settings?: RouterSettings): Promise<ProbeContext> {
  const { engine, resolver, tls } = settings ?? (await presentSettings(dir));
  return { dir, engine, resolver, tls };
}

async function presentSettings(dir: string): Promise<Partial<RouterSettings>> {
  const text = await read(settingsFile(dir));
  return text === undefined ? {} : parseSettings(text);
}

/** All of a route but who wrote it when, and how it splits the traffic. */
const shapeOf = ({ path, host, placements }: Route): string =>
  JSON.stringify([path, host, placements.map(placementShape)]);

/** Somebody else has written under a newer fencing number: trying again is of no use. */
export class OvertakenError extends Error {}

/** Somebody else wrote the route between its probes and its writing. */
class ChangedError extends Error {}

/** Somebody who is to get traffic does not answer from this host. */
export class NotAnsweringError extends Error {
  /** @param stayed weights in effect, when the way back left the traffic where somebody answers */
  constructor(
    readonly probes: readonly Probe[],
    readonly stayed?: Record<string, number>,
  ) {
    const silent = probes
      .filter(({ ok }) => !ok)
      .map(probeText)
      .join('; ');
    const kept =
      stayed &&
      Object.entries(stayed)
        .map(([name, weight]) => `${name} ${weight} %`)
        .join(', ');
    super(kept === undefined ? silent : `${silent}. The traffic stays with who answers: ${kept}`);
    this.name = 'NotAnsweringError';
  }
}

/** The engine has said no, and what it had stays in force. */
class RefusedError extends Error {}

async function taken(dir: string, service: string, version: number): Promise<void> {
  await confirmed(dir, `route ${service}`, `${service}.json`, (applied) => {
    if (applied.refused?.[service] === version) throw new RefusedError(applied.errors[`${service}.json`]);
    return (applied.routes[service]?.version ?? 0) >= version;
  });
}

/** Removes a service's route, and waits until a running router has let go of it. */
export async function removeRoute(dir: string, service: string): Promise<void> {
  await rm(routeFile(dir, service), { force: true });
  await confirmed(dir, `removal of ${service}`, `${service}.json`, (applied) => !(service in applied.routes));
}

/** The route that a service has. @throws {StateError} when its file cannot be used */
export async function presentRoute(dir: string, service: string): Promise<Route | undefined> {
  const text = await read(routeFile(dir, service));
  return text === undefined ? undefined : parseRoute(text);
}

async function confirmed(
  dir: string,
  what: string,
  file: string,
  holds: (applied: AppliedState) => boolean,
): Promise<void> {
  let reason: string | undefined;
  const look = async (): Promise<true | undefined> => {
    const applied = await readApplied(dir);
    if (!applied || holds(applied)) return true;
    reason = applied.errors[file];
    return undefined;
  };
  const late = (): never => {
    throw new Error(
      `the router did not take up the ${what} within ${deadlineMs / 1000} s: ${reason ?? 'it gave no reason'}`,
    );
  };
  await lookUntil(look, { withinMs: deadlineMs, pauseMs: 20, late });
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
