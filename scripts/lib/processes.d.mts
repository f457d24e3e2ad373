export interface Known {
  pid: number;
  started: string;
}
export function startTime(pid: number): string | undefined;
export function startDetached(
  command: string,
  args: string[],
  options: { log: string; cwd: string; env: NodeJS.ProcessEnv },
): Known;
export function isAlive(known: Known): boolean;
export function end(known: Known): Promise<void>;
export function until<T>(what: string, look: () => T | Promise<T>, deadlineMs?: number): Promise<T>;
