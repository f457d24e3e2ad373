import { AWS_ENDPOINTS } from './aws/endpoints.js';
import { AZURE_ENDPOINTS } from './azure/endpoints.js';
import { endpointProblem, type EndpointField, type EndpointProblem } from './contracts/endpoints.js';
import { DOCKER_ENDPOINTS } from './docker/endpoints.js';
import { GCP_ENDPOINTS } from './gcp/endpoints.js';

const FIELDS: Readonly<Record<string, readonly EndpointField[]>> = {
  aws: AWS_ENDPOINTS,
  azure: AZURE_ENDPOINTS,
  gcp: GCP_ENDPOINTS,
  docker: DOCKER_ENDPOINTS,
};

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** Addresses of a fleet file to which a login must not be sent, each with its path. `allowed` is asked for when an address is not the cloud's own. */
export async function endpointProblems(
  providers: Sections | undefined,
  allowed: () => Promise<readonly string[]>,
): Promise<EndpointProblem[]> {
  const wanted = Object.entries(providers ?? {}).flatMap(([name, section]) =>
    (FIELDS[name] ?? []).map((field) => ({ name, field, value: section?.[field.key] })),
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
