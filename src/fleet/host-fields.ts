import type { HostField, ProviderModule } from '../providers/contracts/module.js';
import type { Problem } from './problems.js';
import type { ProviderModules } from './registry.js';
import type { FleetFile, HostConfig } from './schema.js';

type Field = HostField | 'port' | 'hostKey';

const FIELDS: readonly Field[] = ['size', 'image', 'disk', 'region', 'zone', 'sshFrom', 'port', 'hostKey'];
/** What is read of a machine that exists already. */
const OF_EXISTING: readonly Field[] = ['port', 'hostKey'];

/**
 * Fields of hosts that mean nothing for their provider, and what the provider itself finds wrong. What nobody would
 * read is refused, so that nobody relies on it.
 */
export function hostFieldProblems(file: FleetFile, providers: ProviderModules): Problem[] {
  return Object.entries(file.hosts).flatMap(([name, host]) => {
    const module = host.provider === undefined ? undefined : providers.get(host.provider);
    const own = module?.hostProblems?.(host) ?? [];
    const read: readonly Field[] = module?.hostFields ?? OF_EXISTING;
    const unread = FIELDS.filter(
      (field) => host[field] !== undefined && !read.includes(field) && !own.some(({ path }) => path[0] === field),
    );
    return [...unread.map((field) => unreadProblem(field, host, [...providers.values()])), ...own].map((problem) => ({
      ...problem,
      path: ['hosts', name, ...problem.path],
    }));
  });
}

function unreadProblem(field: Field, { provider }: HostConfig, modules: readonly ProviderModule[]): Problem {
  const able = modules.filter(({ hostFields }) => (hostFields as readonly Field[]).includes(field));
  return {
    path: [field],
    message:
      provider === undefined
        ? 'means nothing for a machine that exists already'
        : `means nothing for a host of ${provider}`,
    hint:
      able.length > 0
        ? `It is read for: ${able.map(({ name }) => name).join(', ')}.`
        : 'It is read for machines with an address of their own.',
  };
}
