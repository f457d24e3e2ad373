import type { Listen } from '../../remote/release.js';
import type { ChangeIo } from '../contracts/platform.js';
import type { OperationContext } from '../../kit/context.js';

/** What changes the process of a service tells and obeys. */
export type ProcessIo = ChangeIo<OperationContext>;

/**
 * Which release of a service runs on a host, and where it listens. All else that it is started with belongs to the
 * release (`ReleaseArguments`).
 */
export interface ProcessSpec {
  service: string;
  host: string;
  release: string;
  port: number;
  /** Default: the address that it listens on now, else that of the host's rule. */
  address?: string;
  /** Where it listens as well: the router sends requests there until its route has moved. */
  also?: Listen[];
  /** Workers of a release that does not say how many it has: one that an earlier version made. */
  instances?: number;
  /** Whether timers and queue triggers run here. */
  background: boolean;
  /** True when no user is sent to it yet: undoing ends it, whatever was left running there before. */
  idle?: boolean;
}
