import type { z } from 'zod';
import type {
  CallOptions,
  CallResult,
  EventSchemas,
  Of,
  PersonalEntry,
  QueryEntry,
  ResultSchemas,
  StreamEntry,
  StreamEvent,
  TaskEntry,
} from './catalog-entry.js';
import { OPERATIONS } from './plan-operations.js';

/** The schemas of a query or task, which must say what it takes and gives. */
type Fitting<V, S extends ResultSchemas> = S & {
  options: Of<S['options'], CallOptions<V>>;
  result: Of<S['result'], CallResult<V>>;
};

const query = <V, S extends ResultSchemas>(
  load: () => Promise<V>,
  schemas: () => Promise<Fitting<V, S>>,
): QueryEntry<V, S> => ({ kind: 'query', load, schemas });

const task = <V, S extends ResultSchemas>(
  load: () => Promise<V>,
  schemas: () => Promise<Fitting<V, S>>,
): TaskEntry<V, S> => ({ kind: 'task', load, schemas });

const stream = <V, S extends EventSchemas>(
  load: () => Promise<V>,
  schemas: () => Promise<S & { options: Of<S['options'], CallOptions<V>>; event: Of<S['event'], StreamEvent<V>> }>,
): StreamEntry<V, S> => ({ kind: 'stream', load, schemas });

const personal = <S extends Pick<ResultSchemas, 'result'>>(schemas: () => Promise<S>): PersonalEntry<S> => ({
  kind: 'personal',
  schemas,
});

/**
 * All use cases, by what a user types. Commands, and whoever else calls them, find them here; nothing of one is loaded
 * before it is called.
 */
export const CATALOG = {
  ...OPERATIONS,
  'config show': query(
    async () => (await import('./config/show.js')).configShow,
    () => import('./config/show.schema.js'),
  ),
  docs: query(
    async () => (await import('./docs/docs.js')).docs,
    () => import('./docs/docs.schema.js'),
  ),
  doctor: query(
    async () => (await import('./doctor/doctor.js')).doctor,
    () => import('./doctor/doctor.schema.js'),
  ),
  'doctor --fix': task(
    async () => (await import('./doctor/fix.js')).doctorFix,
    () => import('./doctor/doctor.schema.js'),
  ),
  exec: task(
    async () => (await import('./host/exec.js')).execOn,
    () => import('./host/exec.schema.js'),
  ),
  'host list': query(
    async () => (await import('./host/list.js')).hostList,
    () => import('./host/list.schema.js'),
  ),
  init: personal(() => import('./init/init.schema.js')),
  inventory: query(
    async () => (await import('./inventory/ansible.js')).inventory,
    () => import('./inventory/ansible.schema.js'),
  ),
  'inventory --write': personal(() => import('./inventory/write.schema.js')),
  'lock break': task(
    async () => (await import('./lock/locks.js')).lockBreak,
    () => import('./lock/break.schema.js'),
  ),
  'lock show': query(
    async () => (await import('./lock/locks.js')).listLocks,
    () => import('./lock/show.schema.js'),
  ),
  logs: query(
    async () => (await import('./service/logs.js')).serviceLogs,
    () => import('./service/logs.schema.js'),
  ),
  'logs --follow': stream(
    async () => (await import('./service/logs.js')).followLogs,
    () => import('./service/logs.schema.js'),
  ),
  'migrate status': query(
    async () => (await import('./migrate/status.js')).migrateStatus,
    () => import('./migrate/status.schema.js'),
  ),
  'prices list': query(
    async () => (await import('./prices/prices.js')).listPrices,
    () => import('./prices/list.schema.js'),
  ),
  'prices refresh': task(
    async () => (await import('./prices/prices.js')).refreshPrices,
    () => import('./prices/refresh.schema.js'),
  ),
  'router show': query(
    async () => (await import('./router/show.js')).routerShow,
    () => import('./router/show.schema.js'),
  ),
  'runs list': query(
    async () => (await import('./run/list.js')).runsList,
    () => import('./run/list.schema.js'),
  ),
  'runs resume': task(
    async () => (await import('./run/resume.js')).runsResume,
    () => import('./run/resume.schema.js'),
  ),
  'runs show': query(
    async () => (await import('./run/list.js')).runsShow,
    () => import('./run/show.schema.js'),
  ),
  'runs undo': task(
    async () => (await import('./run/undo.js')).runsUndo,
    () => import('./run/undo.schema.js'),
  ),
  'ssh-config': query(
    async () => (await import('./inventory/entries.js')).inventoryEntries,
    () => import('./inventory/entries.schema.js'),
  ),
  status: query(
    async () => (await import('./status/status.js')).status,
    () => import('./status/status.schema.js'),
  ),
  'status --watch': stream(
    async () => (await import('./status/watch.js')).watchStatus,
    () => import('./status/watch.schema.js'),
  ),
  trust: personal(() => import('./trust.schema.js')),
};

export type Catalog = typeof CATALOG;
export type CatalogName = keyof Catalog;

/** Names of what is of some kind. */
export type NameOf<K extends Catalog[CatalogName]['kind']> = {
  [N in CatalogName]: Catalog[N]['kind'] extends K ? N : never;
}[CatalogName];

/** What anybody may call. */
export type CallableName = Exclude<CatalogName, NameOf<'personal'>>;

type SchemasOf<N extends CatalogName> = Awaited<ReturnType<Catalog[N]['schemas']>>;

/** What callers give: durations and lists as text. */
export type InputOf<N extends CallableName> = z.input<SchemasOf<N>['options']>;
/** What the use case gets. */
export type OptionsOf<N extends CallableName> = z.output<SchemasOf<N>['options']>;
/** What comes of it. */
export type ResultOf<N extends CatalogName> =
  SchemasOf<N> extends { result: infer R extends z.ZodType } ? z.output<R> : never;
