import { PreconditionError } from '../core/errors.js';
import type { Json, JsonObject } from '../core/json.js';
import type { LockRequest, Plan } from '../core/plan.js';
import type { Fleet } from '../fleet/fleet.js';
import { ownValue } from '../fleet/own-value.js';
import {
  placementRecordFile,
  routeFile,
  routerLock,
  routerState,
  serviceLock,
  serviceRecord,
} from '../remote/layout.js';
import type { OperationContext } from './context.js';

/** A thing that runs change. */
export interface Thing {
  key: string;
  host: string;
  /** As it is called in messages. */
  title: string;
  read(ctx: OperationContext): Promise<JsonObject | null>;
  /** What of it counts: two states with the same text are one. */
  shape(state: JsonObject): Json[];
}

const SERVICE = serviceLock('');

async function readJson(ctx: OperationContext, host: string, path: string): Promise<JsonObject | null> {
  const content = await (await ctx.hosts.transport(host)).getFile(path);
  try {
    return content ? (JSON.parse(content.toString('utf8')) as JsonObject) : null;
  } catch (error) {
    throw new PreconditionError(`${path} on ${host} is no JSON.`, { where: host, cause: error });
  }
}

/** What lies on a host under one of its locks. */
function lockedThings({ config }: Fleet, { host, name }: LockRequest): Thing[] {
  const file = (kind: string, title: string, path: string, shape: Thing['shape']): Thing => ({
    key: `${host}/${kind}`,
    host,
    title: `${title} on ${host}`,
    read: (ctx) => readJson(ctx, host, path),
    shape,
  });
  /** Those fields of it count. */
  const fields =
    (...names: string[]) =>
    (state: JsonObject): Json[] =>
      names.map((each) => state[each] ?? null);
  if (name === routerLock) return [file('router', 'the settings of the router', routerState, fields('mark'))];
  if (!name.startsWith(SERVICE)) return [];
  const service = name.slice(SERVICE.length);
  const known = ownValue(config.services ?? {}, service);
  const things = [
    file(
      `record/${service}`,
      `what runs of ${service}`,
      serviceRecord(service),
      fields('run', 'release', 'background'),
    ),
  ];
  if (known && !known.route) {
    const where = `the placement record of ${service}`;
    things.push(file(`placement/${service}`, where, placementRecordFile(service), fields('placement', 'previous')));
  }
  if (host === config.router?.host) {
    const route = fields('path', 'host', 'placement', 'previous', 'placements');
    things.push(file(`route/${service}`, `the route of ${service}`, routeFile(service), route));
  }
  return things;
}

/** The machines that a plan makes or removes. */
function machines(plan: Plan, fleet: string): Thing[] {
  const found = new Map(
    plan.steps
      .filter(({ kind }) => ['host.create', 'host.destroy'].includes(kind))
      .map(({ input }) => [String(input.host), String(input.provider)]),
  );
  return [...found].map(([host, provider]) => ({
    key: `machine/${provider}/${host}`,
    host,
    title: `the machine of host ${host}`,
    async read(ctx) {
      const machine = await (await ctx.providers.capability(provider, 'instances')).find(fleet, host);
      return machine ? { id: machine.id, run: machine.owner?.run ?? '' } : null;
    },
    shape: ({ id, run }) => [id ?? null, run ?? null],
  }));
}

/** All that a plan is about, by its locks and by the machines that it makes or removes. */
export async function thingsOf(ctx: OperationContext, plan: Plan): Promise<Thing[]> {
  const fleet = await ctx.fleet();
  return [
    ...plan.locks.filter(({ optional }) => !optional).flatMap((lock) => lockedThings(fleet, lock)),
    ...machines(plan, fleet.name),
  ];
}
