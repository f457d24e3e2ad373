import type { Of, OperationEntry, OperationOptions, OperationResult, ResultSchemas } from './catalog-entry.js';

/** An operation and its schemas, which must say what it takes and gives. */
const operation = <V, S extends ResultSchemas>(
  load: () => Promise<V>,
  schemas: () => Promise<
    S & { options: Of<S['options'], OperationOptions<V>>; result: Of<S['result'], OperationResult<V>> }
  >,
): OperationEntry<V, S> => ({ kind: 'operation', load, schemas });

/** What plans before it changes something, by what a user types. */
export const OPERATIONS = {
  deploy: operation(
    async () => (await import('./deploy/deploy.js')).deploy,
    () => import('./deploy/deploy.schema.js'),
  ),
  'deploy rollback': operation(
    async () => (await import('./deploy/rollback.js')).deployRollback,
    () => import('./deploy/rollback.schema.js'),
  ),
  'host bootstrap': operation(
    async () => (await import('./host/bootstrap.js')).hostBootstrap,
    () => import('./host/bootstrap.schema.js'),
  ),
  'host destroy': operation(
    async () => (await import('./host/destroy.js')).hostDestroy,
    () => import('./host/destroy.schema.js'),
  ),
  'host provision': operation(
    async () => (await import('./host/provision.js')).hostProvision,
    () => import('./host/provision.schema.js'),
  ),
  'host restart': operation(
    async () => (await import('./host/power.js')).hostRestart,
    () => import('./host/power.schema.js'),
  ),
  'host start': operation(
    async () => (await import('./host/power.js')).hostStart,
    () => import('./host/power.schema.js'),
  ),
  'host stop': operation(
    async () => (await import('./host/power.js')).hostStop,
    () => import('./host/power.schema.js'),
  ),
  'host sweep': operation(
    async () => (await import('./host/sweep.js')).hostSweep,
    () => import('./host/sweep.schema.js'),
  ),
  migrate: operation(
    async () => (await import('./migrate/migrate.js')).migrate,
    () => import('./migrate/migrate.schema.js'),
  ),
  'migrate finish': operation(
    async () => (await import('./migrate/finish.js')).migrateFinish,
    () => import('./migrate/finish.schema.js'),
  ),
  'migrate rollback': operation(
    async () => (await import('./migrate/rollback.js')).migrateRollback,
    () => import('./migrate/rollback.schema.js'),
  ),
  'router apply': operation(
    async () => (await import('./router/apply.js')).routerApply,
    () => import('./router/apply.schema.js'),
  ),
  'router weight': operation(
    async () => (await import('./router/weight.js')).routerWeight,
    () => import('./router/weight.schema.js'),
  ),
};
