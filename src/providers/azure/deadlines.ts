import type { ComputeManagementClient } from '@azure/arm-compute';
import { formatDuration } from '../../core/duration.js';
import { within } from '../../core/within.js';
import type { Deadlines } from '../contracts/deadlines.js';

type Policy = Parameters<ComputeManagementClient['pipeline']['addPolicy']>[0];

/**
 * Lets no request take longer than its deadline, with the login that it needs: a command such as `az` or an address of
 * metadata may be asked for it.
 */
export const boundRequests = ({ requestMs }: Deadlines, signal?: AbortSignal): Policy => ({
  name: 'fanopsDeadline',
  sendRequest: (request, next) =>
    within(
      (own) => {
        request.abortSignal = request.abortSignal ? AbortSignal.any([own, request.abortSignal as AbortSignal]) : own;
        return next(request);
      },
      {
        ms: requestMs,
        signal,
        late: () =>
          Object.assign(new Error(`no whole answer within ${formatDuration(requestMs)}`), { code: 'ETIMEDOUT' }),
      },
    ),
});
