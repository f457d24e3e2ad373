import { parseTemplate } from '../bindings/template.js';
import { containerProblem, splitBlobPath } from './path.js';

export interface BlobPattern {
  container: string;
  /** The captures of a blob's name, or undefined when it does not match. */
  match(name: string): Record<string, string> | undefined;
}

/**
 * The path of a blob trigger: `container`, or `container/pattern` where `{name}` takes any text, the leftmost as much
 * as it can
 * (specification 6). Throws an Error for a person where the path is none.
 */
export function blobPattern(path: unknown): BlobPattern {
  const { container, name: pattern } = splitBlobPath(typeof path === 'string' ? path : '');
  if (/[{}]/.test(container))
    throw new Error(`path: the container of a blob trigger must be fixed, not '${container}'`);
  const problem = containerProblem(container);
  if (problem) throw new Error(`path: ${problem}`);
  if (!pattern) return { container, match: () => ({}) };
  const names: string[] = [];
  const source = parseTemplate(pattern).map((part) => {
    if ('literal' in part) return part.literal.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    if (part.path.length > 1) throw new Error(`path: '{${part.name}}' cannot hold a dot in the path of a trigger`);
    names.push(part.name);
    return '(.*)';
  });
  const regex = new RegExp(`^${source.join('')}$`, 's');
  return {
    container,
    match: (name) => {
      const match = regex.exec(name);
      return match ? Object.fromEntries(names.map((capture, index) => [capture, match[index + 1] ?? ''])) : undefined;
    },
  };
}
