import { unknownInPlan } from './unknown-in-plan.js';
import type { Operation, PlanFacts } from '../kit/operation.js';

type AnyOperation = Operation<never, PlanFacts, unknown>;

const OPERATIONS: Readonly<Record<string, () => Promise<AnyOperation>>> = {
  migrate: async () => (await import('./migrate/migrate.js')).migrate,
  'migrate-rollback': async () => (await import('./migrate/rollback.js')).migrateRollback,
  'migrate-finish': async () => (await import('./migrate/finish.js')).migrateFinish,
  deploy: async () => (await import('./deploy/deploy.js')).deploy,
  'deploy-rollback': async () => (await import('./deploy/rollback.js')).deployRollback,
  'router-apply': async () => (await import('./router/apply.js')).routerApply,
  'router-weight': async () => (await import('./router/weight.js')).routerWeight,
  'host-provision': async () => (await import('./host/provision.js')).hostProvision,
  'host-bootstrap': async () => (await import('./host/bootstrap.js')).hostBootstrap,
  'host-power': async () => (await import('./host/power.js')).hostPower,
  'host-sweep': async () => (await import('./host/sweep.js')).hostSweep,
  'host-destroy': async () => (await import('./host/destroy.js')).hostDestroy,
};

/** The operation that made a stored plan. @throws PreconditionError (code UNKNOWN_OPERATION) when this fanops has none: a newer one made the plan */
export async function operationNamed(name: string): Promise<AnyOperation> {
  const load = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (!load) throw unknownInPlan(`operation "${name}"`, 'UNKNOWN_OPERATION');
  return load();
}
