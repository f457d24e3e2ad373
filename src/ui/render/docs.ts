import type { DocsResult } from '../../operations/docs/docs.js';
import type { Style } from '../style.js';
import { table } from '../table.js';

const HEADING = /^#+ .*$/gm;

/** A page of the documentation as it is written, with its headings set off, or the list of pages. */
export function renderDocs(result: DocsResult, style: Style): string {
  if ('text' in result) return result.text.trimEnd().replaceAll(HEADING, (heading) => style.bold(heading));
  const rows = result.topics.map(({ topic, title }) => [topic, title]);
  return `${table(['TOPIC', 'PAGE'], rows, style)}\n\n${style.dim('fanops docs TOPIC shows one.')}`;
}
