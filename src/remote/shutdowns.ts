import { decode, shutdown, type Shutdown } from '#protocol';
import { stateDirOf } from './layout.js';

export type { Shutdown } from '#protocol';

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
      return line.startsWith('{') ? [decode(shutdown, line)] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Requests that ended with their workers. A worker that was killed while it waited took those that were under way with
 * it.
 */
export const cutBy = (reports: readonly Shutdown[]): number =>
  reports.reduce((sum, { cut, underWay }) => sum + (cut ?? underWay), 0);
