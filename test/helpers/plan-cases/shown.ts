import { FanopsError } from '../../../src/core/errors.js';
import type { Json, JsonObject } from '../../../src/core/json.js';
import type { Facts } from './facts.js';
import { routeOf } from './host-files.js';
import type { PlainAction, PlainPlan, PlainStep } from './plan.js';

/** A line of a list: what it is about, and its title. */
type Line = Record<string, string>;

/** A plan as cases have it. */
export interface ShownPlan {
  title: string;
  /** `ID KIND [HOST] [{BLOCK/LANE}]: TITLE`. */
  steps: Line[];
  /** Inputs by step, and of guards by their line, without what other fields tell. */
  inputs?: Record<string, JsonObject>;
  /** `FROM..UNTIL KIND: TITLE`. */
  guards?: Line[];
  /** `HOST NAME`. */
  locks?: string[];
  facts?: JsonObject;
  /** By step: what a dry run says of it. */
  look?: Record<string, string>;
  /** What was told while it was planned. */
  notices?: string[];
}

/** An error as cases have it. */
export interface ShownError {
  code: string;
  exit: number;
  message: string;
  where?: string;
  hint?: string;
  next?: string[];
}

export interface ShowOptions {
  facts: Facts;
  /** Left-out fields that are to be shown all the same. */
  compare: readonly string[];
  /** Text that differs from run to run, and what stands in its place. */
  names: Record<string, string>;
}

/** Fields that are long, or hashes, and are compared in the cases that name them. */
const LEFT_OUT = ['sourceHash', 'fleetHash', 'gate', 'lines', 'summary', 'bytes', 'files', 'settings', 'mark'];

const FOUND = 'as found';

/** A plan in the form of cases. */
export function showPlan(plan: PlainPlan, options: ShowOptions): ShownPlan {
  const known = { service: plan.facts.service ?? plan.subject };
  const input = ({ input: from }: PlainAction, { id, host }: Partial<PlainStep> = {}): JsonObject =>
    shownObject(from, options, {
      ...known,
      ...(id && { task: id.split('/').at(-1) }),
      ...(host && { host, provider: options.facts.fleet.hosts[host]?.provider }),
    });
  const guards = plan.guards.map(({ from, until, action }) => ({ key: `${from}..${until} ${action.kind}`, action }));
  const inputs = [
    ...plan.steps.map((step) => [step.id, input(step, step)] as const),
    ...guards.map(({ key, action }) => [key, input(action)] as const),
  ].filter(([, each]) => Object.keys(each).length > 0);
  const shown: ShownPlan = {
    title: plan.title,
    steps: plan.steps.map(({ id, kind, host, title, parallel }) => ({
      [[id, kind, host, parallel && `{${parallel.block}/${parallel.lane}}`].filter(Boolean).join(' ')]: title,
    })),
    ...unlessEmpty('inputs', Object.fromEntries(inputs)),
    ...unlessEmpty(
      'guards',
      guards.map(({ key, action }) => ({ [key]: action.title })),
    ),
    ...unlessEmpty(
      'locks',
      plan.locks.map(({ host, name }) => `${host} ${name}`),
    ),
    ...unlessEmpty('facts', shownObject(plan.facts, options, {})),
  };
  return renamed(shown, options.names);
}

/** What planning raised, in the form of cases. @throws what is no error for users */
export function showError(error: unknown, names: ShowOptions['names']): ShownError {
  if (!(error instanceof FanopsError) || error.code === 'BUG') throw error;
  const { code, exitCode, message, where, hint, nextSteps } = error;
  return renamed(
    {
      code,
      exit: exitCode,
      message,
      ...(where && { where }),
      ...(hint && { hint }),
      ...(nextSteps.length > 0 && { next: [...nextSteps] }),
    },
    names,
  );
}

const unlessEmpty = <T extends object>(name: string, value: T): object =>
  Object.keys(value).length > 0 ? { [name]: value } : {};

function shownObject(from: JsonObject, options: ShowOptions, known: Record<string, unknown>): JsonObject {
  return Object.fromEntries(
    Object.entries(from)
      .filter(([name, value]) => !LEFT_OUT.includes(name) || options.compare.includes(name) || value === null)
      .filter(([name, value]) => known[name] !== value)
      .map(([name, value]) => [name, shownValue(value, options)]),
  );
}

function shownValue(value: Json, options: ShowOptions): Json {
  if (Array.isArray(value)) return value.map((each) => shownValue(each, options));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value.placements)) return shownRoute(value, options.facts);
  return shownObject(value, options, {});
}

/** A route without its bookkeeping: of each placement its address and share. */
function shownRoute(route: JsonObject, { hosts = {} }: Facts): Json {
  const found = Object.values(hosts).flatMap(({ routes = {} }) =>
    Object.entries(routes).map(([service, each]) => routeOf(service, each)),
  );
  if (found.some((each) => sorted(each) === sorted(route))) return FOUND;
  const { service, path, host, placement, previous, placements, health } = route as Record<string, Json>;
  const shares = (placements as JsonObject[]).map(({ name, url, weight, ...more }): [string, Json] => [
    String(name),
    Object.keys(more).length > 0 ? { url: url!, weight: weight!, ...more } : `${String(url)} ${String(weight)} %`,
  ]);
  return {
    service: service!,
    path: path!,
    ...(host !== undefined && { host }),
    placement: placement!,
    ...(previous !== undefined && { previous }),
    placements: Object.fromEntries(shares),
    ...(health !== undefined && Object.keys(health as object).length > 0 && { health }),
  };
}

const sorted = (value: object): string => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The same with names in place of text that differs from run to run. */
export function renamed<T>(value: T, names: ShowOptions['names']): T {
  const text = Object.entries(names).reduce(
    (all, [from, to]) => all.replaceAll(JSON.stringify(from).slice(1, -1), to),
    JSON.stringify(value),
  );
  return JSON.parse(text) as T;
}
