import { afterEach, expect, test } from 'vitest';
import { programHandlers } from '../../../../src/operations/router/program-steps.js';
import type { OperationContext } from '../../../../src/operations/context.js';
import type { StepIo } from '../../../../src/runs/handler.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext } from '../../../helpers/host-context.js';

const FLEET = 'fleet: f\nhosts: { edge: { address: 10.0.0.5, roles: [router] } }\nrouter: { host: edge, listen: 8080 }\n';
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** Asks whether run R1, which installed the router, may be undone: by the runs that wrote the routes. */
function mayUndo(writers: Record<string, string>): Promise<void> {
  const { ctx, dispose } = hostContext(FLEET, {});
  disposals.push(dispose);
  const transport = {
    run: async () => ({ code: 0, signal: null, stdout: Object.keys(writers).map((service) => `${service}.json\n`).join(''), stderr: '' }),
    getFile: async (path: string) => {
      const [service = ''] = /[a-z]+(?=\.json$)/.exec(path) ?? [];
      return Buffer.from(JSON.stringify({ service, run: writers[service], placements: [] }));
    },
  } as unknown as Transport;
  const io = { ctx: { ...ctx, transport: async () => transport }, runId: 'R1', input: { host: 'edge' } };
  return programHandlers['router.remove']!.mayUndo!(io as unknown as StepIo<OperationContext>);
}

test('the run that installed the router is not undone while a later run has a route on it, also one of another service', async () => {
  await expect(mayUndo({ cart: 'R1', shop: 'R2' })).rejects.toMatchObject({ code: 'BUILT_ON', exitCode: 5, message: expect.stringContaining('shop was written by run R2') as string });
  await expect(mayUndo({ cart: 'R1' })).resolves.toBeUndefined();
  await expect(mayUndo({})).resolves.toBeUndefined();
});
