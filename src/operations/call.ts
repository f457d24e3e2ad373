import type { OperationContext } from '../kit/context.js';
import type { Operation, PlanFacts, Query, Stream } from '../kit/operation.js';
import { UserError } from '../core/errors.js';
import { nearest } from '../fleet/nearest.js';
import { CATALOG, type CallableName, type CatalogName } from './catalog.js';
import { parseOptions } from './parse-options.js';
import { dryRun, planned, runPlanned } from './run/start.js';

/** What only those who change something can say. */
export interface CallSettings {
  /** Looks at the plan and changes nothing: the result is that of `--dry-run`. */
  dryRun?: boolean;
  /** Milliseconds to wait for a lock that somebody holds. Default 0. */
  lockWaitMs?: number;
  /** How the caller's user knows an option, for errors. */
  nameOf?: (path: readonly PropertyKey[]) => string;
}

type Value = Operation<unknown, PlanFacts, unknown> | Query<unknown, unknown> | Stream<unknown, unknown>;

/**
 * Calls a use case by its name, without a command: for playbooks, HTTP and whoever else has options as data. What
 * changes something needs the user's trust in the fleet, as a command does, and is not asked about.
 * @returns its result, or the events of a stream
 * @throws UserError for a name that the catalog does not have, or options that are not its own
 */
export async function call(
  ctx: OperationContext,
  name: string,
  options: unknown,
  { dryRun: look = false, lockWaitMs, nameOf }: CallSettings = {},
): Promise<unknown> {
  const callable = callableNamed(name);
  const parsed: unknown = await parseOptions(callable, options, nameOf);
  const entry = CATALOG[callable];
  // An entry of the catalog compiles only with schemas that are those of its use case.
  const value = (await entry.load()) as unknown as Value;
  if (entry.kind !== 'query' && entry.kind !== 'stream') await ctx.trusted();
  if (typeof value === 'function') {
    if (look) throw new UserError(`${name} makes no plan: there is no dry run of it.`);
    return value(ctx, parsed);
  }
  if (look) return dryRun(ctx, await value.plan(ctx, parsed));
  return runPlanned(ctx, value, parsed, await planned(ctx, value, parsed), { lockWaitMs, confirmed: false });
}

function callableNamed(name: string): CallableName {
  const entry = Object.hasOwn(CATALOG, name) ? CATALOG[name as CatalogName] : undefined;
  if (entry?.kind === 'personal')
    throw new UserError(`${name} is for a person at this machine: nothing else can call it.`, { code: 'PERSONAL' });
  if (entry) return name as CallableName;
  const near = nearest(name, Object.keys(CATALOG));
  throw new UserError(`There is no operation "${name}".`, {
    code: 'UNKNOWN_NAME',
    hint: near ? `Did you mean "${near}"?` : undefined,
  });
}
