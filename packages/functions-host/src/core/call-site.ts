import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourcePlace {
  /** Relative to the app root, with forward slashes. */
  file: string;
  line: number;
}

/** The nearest stack frame in the app's own sources: where the user wrote the call that is running now. */
export function callSite(appRoot: string, stack = new Error().stack ?? ''): SourcePlace | undefined {
  for (const frame of stack.split('\n').slice(1)) {
    const match = /\(?((?:file:\/\/)?\/[^()]*?|[A-Za-z]:\\[^()]*?):(\d+):\d+\)?$/.exec(frame);
    if (!match?.[1] || !match[2]) continue;
    const path = match[1].startsWith('file://') ? fileURLToPath(match[1]) : match[1];
    const file = relative(appRoot, path).split(sep).join('/');
    if (file.startsWith('..') || file.includes('node_modules/')) continue;
    return { file, line: Number(match[2]) };
  }
  return undefined;
}
