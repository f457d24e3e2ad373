import type { ComputeManagementClient } from '@azure/arm-compute';
import { millisecondsOf } from './errors.js';

type Policy = Parameters<ComputeManagementClient['pipeline']['addPolicy']>[0];

/** What the URL of a long-running operation answered last. */
export interface OperationAnswer {
  retryAfterMs: number;
  failure?: { code: string; message: string };
}

const OPERATION = /\/operation(s|results|statuses)\//i;

/** The key of an operation's answers. */
export const pathOf = (url: string): string => new URL(url).pathname;

/**
 * Notes what operations answer. The SDK turns a failed operation into an error that has a text and no code, and keeps
 * the pause that
 * Azure asks for to itself; both are read from the raw answer.
 */
export const watchOperations = (answers: Map<string, OperationAnswer>): Policy => ({
  name: 'fanopsOperationAnswers',
  async sendRequest(request, next) {
    const response = await next(request);
    const path = pathOf(request.url);
    if (OPERATION.test(path))
      answers.set(path, {
        retryAfterMs: millisecondsOf(response.headers.get('retry-after')),
        failure: failureIn(response.bodyAsText),
      });
    return response;
  },
});

function failureIn(text: string | null | undefined): OperationAnswer['failure'] {
  if (!text?.startsWith('{')) return undefined;
  const { status, error } = JSON.parse(text) as { status?: string; error?: { code?: string; message?: string } };
  if (status !== 'Failed' && status !== 'Canceled') return undefined;
  return { code: error?.code ?? status, message: error?.message ?? `the operation ended as ${status}` };
}
