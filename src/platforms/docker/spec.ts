import type { Listen, ServiceRecord } from '../../remote/release.js';
import type { ChangeIo } from '../contracts/platform.js';
import type { OperationContext } from '../../kit/context.js';
import type { ServiceAt } from './names.js';

/** What changes the containers of a service tells and obeys. */
export type ProcessIo = ChangeIo<OperationContext>;

/** Which release of a service runs on a host, and where its proxies listen. All else belongs to the release. */
export interface RunSpec extends ServiceAt {
  release: string;
  port: number;
  /** Default: the address of the host's rule. */
  address?: string;
  /** Where it listens as well: the router sends requests there until its route has moved. */
  also?: Listen[];
  /** Whether timers and queue triggers run here. */
  background: boolean;
  /** True when no user is sent to it yet: undoing ends it, whatever was left running there before. */
  idle?: boolean;
}

/** What starts the release of a record again as it runs now. */
export const specOf = (host: string, record: ServiceRecord): RunSpec => {
  const { service, release, background, port, address, also } = record;
  return { service, host, release, background, port, ...(address && { address }), ...(also && { also }) };
};
