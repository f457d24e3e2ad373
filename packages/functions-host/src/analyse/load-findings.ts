import { relative } from 'node:path';
import { callSite } from '../core/call-site.js';
import { scrub } from '../log.js';
import type { RecordedFunction, Recording } from './record-child.js';
import type { RecordingResult } from './record.js';
import type { Finding, Place } from './types.js';

export interface Loaded {
  functions: RecordedFunction[];
  loadErrors: Recording['loadErrors'];
  findings: Finding[];
}

/** What loading the app showed. Values of settings are taken out of what it wrote. */
export function loadFindings(
  root: string,
  result: RecordingResult,
  env: Record<string, string | undefined>,
  deadlineMs: number,
): Loaded {
  if ('failed' in result) return { functions: [], loadErrors: [], findings: [ended(result, env, deadlineMs)] };
  const loadErrors = result.loadErrors.map((error) => ({ ...error, message: scrub(error.message, env) }));
  return { functions: result.functions, loadErrors, findings: loadErrors.map((error) => loadError(root, error)) };
}

type Ended = Extract<RecordingResult, { failed: string }>;

function ended(result: Ended, env: Record<string, string | undefined>, deadlineMs: number): Finding {
  if (result.failed === 'deadline')
    return {
      id: 'load-deadline',
      severity: 'blocks',
      message: `Loading the app took longer than ${deadlineMs / 1000} s.`,
      hint: 'Top-level code may wait for something that is not there; give its settings, or a longer deadline.',
    };
  return {
    id: 'load-died',
    severity: 'blocks',
    message: `The app ended its process while it loaded. ${scrub(result.output.trim(), env)}`,
  };
}

function loadError(root: string, { file, message, function: name }: Recording['loadErrors'][number]): Finding {
  const [first = ''] = message.split('\n');
  return {
    id: 'load-error',
    severity: 'blocks',
    message: `${name ?? file} fails to load: ${first}`,
    where: thrownAt(root, message) ?? { file, line: 1 },
    ...(name ? { function: name } : {}),
    hint: /Cannot find (module|package)/.test(first)
      ? "Install the app's dependencies and build it first."
      : 'A missing setting is the usual reason.',
  };
}

/**
 * The first line of a stack that lies in the app's own files; a syntax error names its file and line in the first line
 * of all.
 */
function thrownAt(root: string, stack: string): Place | undefined {
  const syntax = /^(?:file:\/\/)?(\/.*):(\d+)$/.exec(stack.split('\n')[0] ?? '');
  const place = syntax ? { file: relative(root, syntax[1]!), line: Number(syntax[2]) } : callSite(root, stack);
  return place?.file.startsWith('..') ? undefined : place;
}
