import { factsOf, type PlanCase } from './case.js';
import { caseContext } from './context.js';
import { planOf } from './plan.js';
import { renamed, showError, showPlan, type ShownError, type ShownPlan } from './shown.js';

/** What planning a case gives, in the form in which the case has it. */
export async function outcomeOf(each: PlanCase): Promise<{ plan: ShownPlan } | { error: ShownError }> {
  const facts = factsOf(each);
  const held = await caseContext(facts);
  const { ctx, dir } = held;
  const names: Record<string, string> = { [dir]: 'DIR', [`process ${process.pid} `]: 'process PID ' };
  try {
    const { plan, look } = await planOf(each.operation, ctx, each.options ?? {});
    if (typeof plan.facts.release === 'string' && each.operation !== 'deploy rollback')
      names[plan.facts.release] = 'NEW';
    const shown = showPlan(plan, { facts, compare: each.compare ?? [], names });
    const notices = renamed(held.notices, names);
    const seen = each.look && renamed(await look(each.look), names);
    return { plan: { ...shown, ...(seen && { look: seen }), ...(notices.length > 0 && { notices }) } };
  } catch (error) {
    return { error: showError(error, names) };
  } finally {
    await held.dispose();
  }
}
