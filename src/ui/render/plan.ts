import type { CheckResult, Plan } from '../../core/plan.js';
import type { DryRunResult } from '../../operations/run/start.js';
import type { Style } from '../style.js';

/** The plan as it is shown before the question. */
export function renderPlan(plan: Plan<{ notes?: string[] }>, style: Style): string {
  const steps = plan.steps.map(
    (step, index) =>
      `  ${String(index + 1).padStart(2)}. ${step.title}${step.host ? style.dim(` [${step.host}]`) : ''}`,
  );
  const notes = (plan.facts.notes ?? []).map((note) => `  ${style.warn('!')} ${note}`);
  return [style.bold(plan.title), ...steps, ...notes].join('\n');
}

/** What each step would do. */
export function renderDryRun(result: DryRunResult, style: Style): string {
  const lines = result.steps.flatMap((step) => {
    const head = `  ${mark(step.check, style)} ${step.title}${step.host ? style.dim(` [${step.host}]`) : ''}`;
    return [head, ...details(step.check).map((line) => style.dim(`      ${line}`))];
  });
  const sum =
    result.changes === 0
      ? 'Nothing would change.'
      : `${result.changes} of ${result.steps.length} steps would change something or cannot tell before they run.`;
  return [`${style.bold(result.title)} ${style.dim('(dry run)')}`, ...lines, sum].join('\n');
}

function mark(check: CheckResult, style: Style): string {
  if (check.state === 'done') return style.good('=');
  return check.state === 'change' ? style.warn('~') : style.dim('?');
}

function details(check: CheckResult): string[] {
  if (check.state === 'done') return check.detail ? [check.detail] : [];
  return check.state === 'change' ? check.changes : [check.reason];
}
