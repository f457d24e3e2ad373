import { stateDirOf } from './layout.js';

/** What a worker of the functions host says of its shutdown. */
export interface Shutdown {
  pid: number;
  release?: string;
  /** ISO 8601, by the host's clock. */
  startedAt: string;
  /** Milliseconds after `startedAt` at which requests are cut. */
  deadlineMs: number;
  /** Requests that have no whole response yet. */
  underWay: number;
  /** Requests that were cut at the deadline; absent while the worker waits, and when it was killed meanwhile. */
  cut?: number;
}

/** Folder in which each worker of a service that stops keeps its report. */
export const shutdownDir = (service: string): string => `${stateDirOf(service)}/shutdown`;

/** Prints the reports of a service's workers, one a line. */
export const readShutdowns = (service: string): string[] => [
  'sh',
  '-c',
  'for file in "$1"/*.json; do [ ! -f "$file" ] || cat "$file"; done',
  'fanops-shutdowns',
  shutdownDir(service),
];

/** The reports of the command's output; a line that cannot be read is none. */
export function parseShutdowns(stdout: string): Shutdown[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as Shutdown] : [];
    } catch {
      return [];
    }
  });
}

/** Requests that ended with their workers. A worker that was killed while it waited took those that were under way with it. */
export const cutBy = (reports: readonly Shutdown[]): number =>
  reports.reduce((sum, { cut, underWay }) => sum + (cut ?? underWay), 0);
