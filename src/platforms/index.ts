import { BugError } from '../core/errors.js';
import type { OperationContext } from '../kit/context.js';
import type { PlatformCapability, PlatformModule } from './contracts/module.js';
import type { HostLeftovers } from './contracts/leftovers.js';
import type { Platform, StepTypes } from './contracts/platform.js';

/** How the parts of a platform are loaded. */
interface PlatformEntry {
  /** What it says of itself. */
  config(): Promise<{ platform: PlatformModule }>;
  /** Its code; absent where it has no capability. */
  code?(): Promise<{ code: Platform<OperationContext> }>;
  /** The types of its steps. */
  steps?(): Promise<{ stepTypes: StepTypes<OperationContext> }>;
  /** What it keeps outside of the folders of its hosts; absent where there is nothing. */
  leftovers?(): Promise<{ leftovers: HostLeftovers }>;
}

/** Platforms by their names. */
export type PlatformTable = Readonly<Record<string, PlatformEntry>>;

/** The one table of platforms: the name of a folder, and its parts. */
export const PLATFORMS: PlatformTable = {
  'azure-functions': { config: () => import('./azure-functions/config.js') },
  pm2: {
    config: () => import('./pm2/config.js'),
    code: () => import('./pm2/index.js'),
    steps: () => import('./pm2/step-types.js'),
  },
  docker: {
    config: () => import('./docker/config.js'),
    code: () => import('./docker/index.js'),
    steps: () => import('./docker/step-types.js'),
    leftovers: () => import('./docker/leftovers.js'),
  },
  external: { config: () => import('./external/config.js') },
};

/** Loads what a platform says of itself; undefined when there is none of that name. */
export const platformModule = async (name: string, table = PLATFORMS): Promise<PlatformModule | undefined> =>
  Object.hasOwn(table, name) ? (await table[name]?.config())?.platform : undefined;

/** Loads the code of a platform. @throws BugError when it has none */
export async function platformCode(name: string, table = PLATFORMS): Promise<Platform<OperationContext>> {
  const loaded = Object.hasOwn(table, name) ? await table[name]?.code?.() : undefined;
  if (loaded) return loaded.code;
  throw new BugError(`The platform ${name} has no code.`);
}

/** Names of the platforms that have a capability. None of them is loaded but for what it says of itself. */
export async function platformsWith(capability: PlatformCapability, table = PLATFORMS): Promise<string[]> {
  const modules = await Promise.all(Object.values(table).map((entry) => entry.config()));
  return modules.flatMap(({ platform }) => (platform.capabilities.includes(capability) ? [platform.name] : []));
}

/** What platforms keep outside of the folders of their hosts, by the names of the platforms. */
export async function platformLeftovers(table = PLATFORMS): Promise<[platform: string, leftovers: HostLeftovers][]> {
  const parts = Object.entries(table).map(async ([name, entry]): Promise<[string, HostLeftovers][]> => {
    const loaded = await entry.leftovers?.();
    return loaded ? [[name, loaded.leftovers]] : [];
  });
  return (await Promise.all(parts)).flat();
}

/** The types of steps of all platforms. */
export async function platformStepTypes(table = PLATFORMS): Promise<StepTypes<OperationContext>> {
  const tables = await Promise.all(Object.values(table).map(async (entry) => entry.steps?.()));
  return Object.assign({}, ...tables.map((loaded) => loaded?.stepTypes ?? {})) as StepTypes<OperationContext>;
}
