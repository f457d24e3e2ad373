import { endpointProblem, type EndpointProblem } from './contracts/endpoints.js';
import type { ProviderModule } from './contracts/module.js';

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/**
 * Addresses of a fleet file to which a login must not be sent, each with its path.
 * @param sections of `providers` in the fleet file
 * @param modules of the providers that have one
 * @param allowed what the user allows outside of the file; asked for when an address is not the cloud's own
 */
export async function endpointProblems(
  sections: Sections | undefined,
  modules: ReadonlyMap<string, ProviderModule>,
  allowed: () => Promise<readonly string[]>,
): Promise<EndpointProblem[]> {
  const wanted = Object.entries(sections ?? {}).flatMap(([name, section]) =>
    (modules.get(name)?.endpoints ?? []).map((field) => ({ name, field, value: section?.[field.key] })),
  );
  const named = wanted.flatMap(({ value, ...rest }) => (typeof value === 'string' ? [{ ...rest, value }] : []));
  const foreign = named.filter(({ value, field }) => endpointProblem(value, field, []) !== undefined);
  if (foreign.length === 0) return [];
  const list = await allowed();
  return foreign.flatMap(({ name, field, value }) => {
    const problem = endpointProblem(value, field, list);
    return problem ? [{ path: ['providers', name, field.key], ...problem }] : [];
  });
}
