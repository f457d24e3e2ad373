import type { ComputeManagementClient } from '@azure/arm-compute';
import type { HttpAgent } from '../contracts/http-proxy.js';

type Policy = Parameters<ComputeManagementClient['pipeline']['addPolicy']>[0];

/** Options of a client that send its requests through an agent: the SDK's own choice of a proxy gives way to it. */
export const throughAgent = (
  agent: HttpAgent | undefined,
): { additionalPolicies?: { policy: Policy; position: 'perCall' }[] } =>
  agent
    ? {
        additionalPolicies: [
          {
            position: 'perCall',
            policy: {
              name: 'fanopsAgent',
              sendRequest: (request, next) => {
                request.agent = agent;
                return next(request);
              },
            },
          },
        ],
      }
    : {};
