import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './alive.js';
import { checkRoute } from './foreign/check.js';
import { writeJson } from './json-file.js';
import { appliedFile, routeFile, settingsFile } from './layout.js';
import type { AppliedState } from './serve.js';
import { parseRoute, parseSettings, type Route } from './state.js';

const deadlineMs = 10_000;

/** What is in force, or undefined when no router runs on the directory. */
export async function readApplied(dir: string): Promise<AppliedState | undefined> {
  const text = await read(appliedFile(dir));
  if (text === undefined) return undefined;
  const applied = JSON.parse(text) as AppliedState;
  return isAlive(applied.pid) ? applied : undefined;
}

/**
 * Writes a service's route with the next version, and waits until a running router has it in force; without one it counts from its start on.
 * @returns the version
 * @throws {Error} when it is not valid, written under an older fence than the present one, or not taken up in time
 */
export async function putRoute(dir: string, service: string, text: string): Promise<number> {
  const wanted = parseRoute(text);
  if (wanted.service !== service) throw new Error(`service: must be ${service}`);
  const present = await presentRoute(dir, service);
  if (present && wanted.fence < present.fence) throw new OvertakenError(`fence ${wanted.fence} is lower than the present ${present.fence}: somebody else has taken over`);
  const version = (present?.version ?? 0) + 1;
  const settings = await read(settingsFile(dir));
  const engine = settings === undefined ? 'embedded' : parseSettings(settings).engine ?? 'embedded';
  // The configuration of an engine has no weights: to move traffic no check is needed, which would need room on the disk.
  const checked = present && shapeOf(present) === shapeOf(wanted);
  if (!checked && engine !== 'embedded') await checkRoute(dir, engine, { ...wanted, version });
  const before = await read(routeFile(dir, service));
  await writeJson(dir, routeFile(dir, service), { ...(JSON.parse(text) as object), version });
  try {
    await taken(dir, service, version);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (before === undefined) await rm(routeFile(dir, service), { force: true });
    else await writeJson(dir, routeFile(dir, service), JSON.parse(before));
    throw error;
  }
  return version;
}

/** All of a route but who wrote it when, and how it splits the traffic. */
function shapeOf({ path, host, placements }: Route): string {
  return JSON.stringify([path, host, placements.map((placement) => ({ ...placement, weight: undefined }))]);
}

/** Somebody else has written under a newer fencing number: trying again is of no use. */
export class OvertakenError extends Error {}

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

async function presentRoute(dir: string, service: string): Promise<Route | undefined> {
  const text = await read(routeFile(dir, service));
  return text === undefined ? undefined : parseRoute(text);
}

async function confirmed(dir: string, what: string, file: string, holds: (applied: AppliedState) => boolean): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const applied = await readApplied(dir);
    if (!applied || holds(applied)) return;
    if (Date.now() > deadline) throw new Error(`the router did not take up the ${what} within ${deadlineMs / 1000} s: ${applied.errors[file] ?? 'it gave no reason'}`);
    await delay(20);
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
