import { stringify } from 'yaml';
import type { ConfigShow } from '../../operations/config/show.js';
import type { Style } from '../style.js';
import { widthOf } from '../width.js';

/** The merged file as YAML, with the source of each value as a comment behind it. */
export function renderConfig(result: ConfigShow, style: Style): string {
  const lines: { text: string; source?: string }[] = [];
  let open: string[] = [];
  for (const { path, value, source } of result.values) {
    const parents = path.slice(0, -1);
    const shared = parents.findIndex((part, index) => part !== open[index]);
    const from = shared < 0 ? parents.length : shared;
    parents.slice(from).forEach((part, index) => lines.push({ text: `${'  '.repeat(from + index)}${part}:` }));
    open = parents;
    lines.push({ text: `${'  '.repeat(parents.length)}${path.at(-1)}: ${flow(value)}`, source });
  }
  const longest = Math.max(0, ...lines.map((line) => line.text.length));
  const source = Math.max(0, ...lines.map((line) => line.source?.length ?? 0)) + 4;
  // Aligned where that fits; a comment that does not fit stands right behind its value.
  const column = Math.max(0, Math.min(76, longest, widthOf(process.stdout) - source));
  const head = `# ${result.file}${result.environment ? `, environment ${result.environment}` : ''}`;
  return [style.dim(head), ...lines.map(({ text, source }) => (source ? `${text.padEnd(column)}  ${style.dim(`# ${source}`)}` : text))].join('\n');
}

/** A value on one line of YAML. */
const flow = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd();
