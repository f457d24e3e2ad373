import type { HostedFunction } from '../functions/function-table.js';
import { PROTOCOL_VERSION, type Health } from '../protocol.js';

export type HostStatus = Health['status'];

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

  /**
   * False while the host starts or stops, and when a function is in error that would run on Azure: a release like that
   * is not to
   * take over. A function that Azure refuses as well (an invalid name or route, a missing script) does not hold the
   * others back.
   */
  get healthy(): boolean {
    return (
      this.phase === 'running' &&
      !this.functions.some((fn) => fn.error !== undefined && !fn.errorOnAzureToo && !fn.disabled)
    );
  }

  health(): Health {
    return {
      protocol: PROTOCOL_VERSION,
      status: this.status,
      app: this.identity.app(),
      functions: this.functions.map(({ name, trigger, disabled, error, errorOnAzureToo }) => ({
        name,
        trigger,
        state: error ? 'error' : disabled ? 'disabled' : 'ready',
        error,
        ...(errorOnAzureToo ? { onAzureToo: true } : {}),
      })),
      pid: process.pid,
      startedAt: this.startedAt.toISOString(),
      version: this.identity.version,
      release: this.identity.release(),
    };
  }
}
