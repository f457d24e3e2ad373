import { BugError } from '../core/errors.js';
import type { OperationContext } from '../kit/context.js';
import type { RuntimeModule } from './contracts/module.js';
import type { Runtime, RuntimeStepTypes } from './contracts/runtime.js';

/** How the parts of a runtime are loaded. */
interface RuntimeEntry {
  /** What it says of itself. */
  config(): Promise<{ runtime: RuntimeModule }>;
  code(): Promise<{ code: Runtime<OperationContext> }>;
  /** The types of its steps. */
  steps?(): Promise<{ stepTypes: RuntimeStepTypes<OperationContext> }>;
}

/** Runtimes by their names. */
export type RuntimeTable = Readonly<Record<string, RuntimeEntry>>;

/** The one table of runtimes: the name of a folder, and its parts. The first is that of a service which names none. */
export const RUNTIMES: RuntimeTable = {
  'azure-functions-node': {
    config: () => import('./azure-functions-node/config.js'),
    code: () => import('./azure-functions-node/index.js'),
    steps: () => import('./azure-functions-node/step-types.js'),
  },
  web: {
    config: () => import('./web/config.js'),
    code: () => import('./web/index.js'),
    steps: () => import('./web/step-types.js'),
  },
};

/** Loads what a runtime says of itself; undefined when there is none of that name. */
export const runtimeModule = async (name: string, table = RUNTIMES): Promise<RuntimeModule | undefined> =>
  Object.hasOwn(table, name) ? (await table[name]?.config())?.runtime : undefined;

/** Loads the code of a runtime. @throws BugError when there is none of that name */
export async function runtimeCode(name: string, table = RUNTIMES): Promise<Runtime<OperationContext>> {
  const loaded = Object.hasOwn(table, name) ? await table[name]?.code() : undefined;
  if (loaded) return loaded.code;
  throw new BugError(`There is no runtime "${name}".`);
}

/** The types of steps of all runtimes. */
export async function runtimeStepTypes(table = RUNTIMES): Promise<RuntimeStepTypes<OperationContext>> {
  const tables = await Promise.all(Object.values(table).map(async (entry) => entry.steps?.()));
  return Object.assign({}, ...tables.map((loaded) => loaded?.stepTypes ?? {})) as RuntimeStepTypes<OperationContext>;
}
