import { stringify } from 'yaml';
import type { ConfigShow } from '../../operations/config/show.js';
import type { Style } from '../style.js';
import { padTo, visibleLength, widthOf } from '../width.js';

interface Line {
  text: string;
  source?: string;
}

/**
 * The merged file as YAML, with the source of each value as a comment behind it, or above it where the terminal is too
 * narrow.
 */
export function renderConfig(result: ConfigShow, style: Style, width = widthOf(process.stdout)): string {
  const lines: Line[] = [];
  let open: string[] = [];
  for (const { path, value, source } of result.values) {
    const parents = path.slice(0, -1);
    const shared = parents.findIndex((part, index) => part !== open[index]);
    const from = shared < 0 ? parents.length : shared;
    parents.slice(from).forEach((part, index) => lines.push({ text: `${'  '.repeat(from + index)}${part}:` }));
    open = parents;
    lines.push(...valueLines('  '.repeat(parents.length), path.at(-1) ?? '', value, source));
  }
  const longest = Math.max(0, ...lines.map((line) => visibleLength(line.text)));
  const comments = Math.max(0, ...lines.map((line) => visibleLength(line.source ?? ''))) + 4;
  const column = Math.max(0, Math.min(76, longest, width - comments));
  const head = `# ${result.file}${result.environment ? `, environment ${result.environment}` : ''}`;
  return [style.dim(head), ...lines.flatMap((line) => commented(line, column, width, style))].join('\n');
}

/** A list of mappings gets a line for each; all other values stand on one line. */
function valueLines(indent: string, key: string, value: unknown, source: string | undefined): Line[] {
  const items = Array.isArray(value) && value.some((item) => typeof item === 'object') ? value : undefined;
  if (!items) return [{ text: `${indent}${key}: ${flow(value)}`, source }];
  return [{ text: `${indent}${key}:`, source }, ...items.map((item) => ({ text: `${indent}  - ${flow(item)}` }))];
}

function commented({ text, source }: Line, column: number, width: number, style: Style): string[] {
  if (source === undefined) return [text];
  const comment = style.dim(`# ${source}`);
  const beside = Math.max(visibleLength(text), column) + visibleLength(source) + 4;
  return beside <= width ? [`${padTo(text, column)}  ${comment}`] : [`${/^ */.exec(text)?.[0] ?? ''}${comment}`, text];
}

/** A value on one line of YAML. */
const flow = (value: unknown): string =>
  typeof value === 'object'
    ? stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd()
    : stringify(value, { lineWidth: 0 }).trimEnd();
