import type { RunListener } from '../../core/events.js';
import type { Style } from '../style.js';
import { visibleIn } from '../terminal-text.js';
import { jsonProgress, plainProgress } from './plain.js';

export const PROGRESS_MODES = ['auto', 'tree', 'plain', 'json', 'none'] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

export interface Progress {
  listener: RunListener;
  /** Resolves when the last frame is drawn. */
  settled(): Promise<void>;
}

export interface ProgressOptions {
  mode: ProgressMode;
  /** True when standard output belongs to the result. */
  json: boolean;
  style: Style;
  env: NodeJS.ProcessEnv;
}

/**
 * The listener for this terminal: the live tree for people, plain lines for logs, JSON lines on request. All but the
 * tree go to stderr.
 */
export function chooseProgress({ mode, json, style, env }: ProgressOptions): Progress {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  const live = process.stdout.isTTY && !json && !env.CI && env.TERM !== 'dumb';
  const chosen = mode === 'auto' ? (live ? 'tree' : 'plain') : mode === 'tree' && !live ? 'plain' : mode;
  if (chosen === 'tree') return lazyTree(style);
  if (chosen === 'json') return { listener: jsonProgress(write), settled: async () => undefined };
  if (chosen === 'none') return { listener: () => undefined, settled: async () => undefined };
  const plain = plainProgress({ write, actions: env.GITHUB_ACTIONS === 'true' });
  return { listener: (event) => plain(visibleIn(event)), settled: async () => undefined };
}

type Tree = ReturnType<(typeof import('./tree.js'))['treeProgress']>;

/** listr2 is loaded when the first event comes, not by commands that run nothing. */
function lazyTree(style: Style): Progress {
  let tree: Promise<Tree> | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const load = async (): Promise<Tree> =>
    (await import('./tree.js')).treeProgress(style, (line) => void process.stdout.write(`${line}\n`));
  return {
    listener: (event) => {
      tree ??= load();
      queue = queue.then(async () => (await tree)?.(visibleIn(event)));
    },
    settled: async () => {
      await queue;
      await (await tree)?.settled();
    },
  };
}
