import { resolveExpressions, type BindingData } from '../bindings/expressions.js';

export interface BlobPath {
  container: string;
  /** May hold slashes. */
  name: string;
}

/**
 * `container/name` with its expressions replaced. Throws where a part is missing or no container can have that name.
 */
export function blobPath(path: unknown, bindingData: BindingData): BlobPath {
  const resolved = resolveExpressions(typeof path === 'string' ? path : '', bindingData);
  const { container, name } = splitBlobPath(resolved);
  if (!name) throw new Error(`The blob path '${resolved}' is not of the form container/name.`);
  const problem = containerProblem(container);
  if (problem) throw new Error(problem);
  return { container, name };
}

/** Takes a path apart at its first slash. */
export function splitBlobPath(path: string): BlobPath {
  const trimmed = path.replace(/^\/+/, '');
  const slash = trimmed.indexOf('/');
  return slash < 0
    ? { container: trimmed, name: '' }
    : { container: trimmed.slice(0, slash), name: trimmed.slice(slash + 1) };
}

export function containerProblem(container: string): string | undefined {
  if (/^(\$root|\$logs|\$web|[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9])$/.test(container)) return undefined;
  return `The container name '${container}' is not valid: 3 to 63 lower-case letters, digits and single hyphens.`;
}
