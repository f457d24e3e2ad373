import type { ProbeErrorKind } from 'fanops-protocol';
import { toProbeError } from '../probe-error.js';

const words: Record<Exclude<ProbeErrorKind, 'protocol'>, string> = {
  resolve: 'the name does not resolve',
  refused: 'connection refused',
  unreachable: 'no route to host',
  timeout: 'no connection in time',
  certificate: 'the certificate is not accepted',
  tls: 'TLS failed',
  reset: 'the connection was cut',
};

/**
 * Why a target that failed before its answer is to be taken out: `connection refused (ECONNREFUSED)`; undefined where
 * another target would fail in the same way, since the request or the answer is malformed.
 */
export function connectionFailure(thrown: unknown): string | undefined {
  const { code = '' } = thrown as NodeJS.ErrnoException;
  if (code === 'ECONNECT_TIMEOUT') return `${words.timeout} (ETIMEDOUT)`;
  const { kind } = toProbeError(thrown);
  return kind === 'protocol' ? undefined : `${words[kind]} (${code})`;
}
