import type { JsonObject } from '../../../src/core/json.js';
import type { OperationContext } from '../../../src/kit/context.js';
import { CATALOG, type NameOf } from '../../../src/operations/catalog.js';
import type { AnyOperation } from '../../../src/operations/catalog-entry.js';
import { parseOptions } from '../../../src/operations/parse-options.js';
import { lookAhead } from '../../../src/runs/look-ahead.js';

/*
 * All that the cases know of how operations and plans are made.
 */

/** What is to be done, as plain data. */
export interface PlainAction {
  kind: string;
  title: string;
  input: JsonObject;
}

export interface PlainStep extends PlainAction {
  id: string;
  host?: string;
  parallel?: { block: string; lane: string };
}

/** A plan without what its representation adds. */
export interface PlainPlan {
  subject: string;
  title: string;
  steps: PlainStep[];
  guards: { from: string; until: string; action: PlainAction }[];
  locks: { host: string; name: string }[];
  facts: JsonObject;
}

/** What planning gave, and how to look ahead at some of its steps as a dry run does. */
export interface Planned {
  plan: PlainPlan;
  look(steps: readonly string[]): Promise<Record<string, string>>;
}

/** Plans an operation of the catalog, with options as anybody may give them. @throws what planning raises */
export async function planOf(name: NameOf<'operation'>, ctx: OperationContext, options: object): Promise<Planned> {
  const operation: AnyOperation = await CATALOG[name].load();
  const plan = await operation.plan(ctx, (await parseOptions(name, options)) as never);
  // What is stored is JSON: what does not come through it is lost.
  const plain = JSON.parse(JSON.stringify(plan)) as PlainPlan & { operation: string };
  if (plain.operation !== operation.name)
    throw new Error(`The plan of ${name} says that it is one of ${plain.operation}`);
  return {
    plan: plain,
    async look(steps) {
      const wanted = plan.steps.filter(({ id }) => steps.includes(id));
      const missing = steps.filter((id) => !wanted.some((step) => step.id === id));
      if (missing.length > 0) throw new Error(`The plan has no step ${missing.join(', ')}`);
      const seen = await lookAhead({ ...plan, steps: wanted }, ctx.stepTypes, ctx, ctx.signal);
      return Object.fromEntries(seen.map(({ id, check }) => [id, textOf(check)]));
    },
  };
}

type Check = Awaited<ReturnType<typeof lookAhead>>[number]['check'];

function textOf(check: Check): string {
  if (check.state === 'change') return `change: ${check.changes.join('; ')}`;
  const why = check.state === 'unknown' ? check.reason : check.detail;
  return why === undefined ? check.state : `${check.state}: ${why}`;
}
