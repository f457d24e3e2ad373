import type { FaultProxy } from './index.js';

/**
 * Splits the next list of Compute Engine that fits into pages: its first thing, nothing, and the others.
 * @param path of the list
 */
export function splitList({ faults }: FaultProxy, path: RegExp): void {
  const answer = (body: object) => ({
    kind: 'answer' as const,
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  faults.push(
    { on: { path: /pageToken=page-2/ }, times: 1, then: answer({ nextPageToken: 'page-3' }) },
    {
      on: { method: 'GET', path },
      times: 1,
      then: {
        kind: 'rewrite',
        body: (body) => {
          const list = JSON.parse(body) as { items?: unknown[] };
          const [first, ...others] = list.items ?? [];
          faults.unshift({ on: { path: /pageToken=page-3/ }, times: 1, then: answer({ ...list, items: others }) });
          return JSON.stringify({ ...list, items: [first], nextPageToken: 'page-2' });
        },
      },
    },
  );
}
