import type { HostedFunction } from '../functions/function-table.js';

export type HostStatus = 'starting' | 'ok' | 'degraded' | 'stopping';

export interface Health {
  status: HostStatus;
  app: string;
  functions: { name: string; trigger: string; state: 'ready' | 'disabled' | 'error'; error?: string }[];
  pid: number;
  startedAt: string;
  version: string;
  release?: string;
}

/** The one place that knows how far the host is; the health answer is read from it. */
export class HostState {
  phase: 'starting' | 'running' | 'stopping' = 'starting';
  functions: HostedFunction[] = [];
  readonly startedAt = new Date();

  constructor(private readonly identity: { app: () => string; version: string; release: () => string | undefined }) {}

  /** `degraded` when the host runs but at least one function is in error. */
  get status(): HostStatus {
    if (this.phase !== 'running') return this.phase;
    return this.functions.some((fn) => fn.error) ? 'degraded' : 'ok';
  }

  health(): Health {
    return {
      status: this.status,
      app: this.identity.app(),
      functions: this.functions.map(({ name, trigger, disabled, error }) => ({
        name, trigger, state: error ? 'error' : disabled ? 'disabled' : 'ready', error,
      })),
      pid: process.pid,
      startedAt: this.startedAt.toISOString(),
      version: this.identity.version,
      release: this.identity.release(),
    };
  }
}
