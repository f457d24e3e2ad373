import type { OperationContext } from '../../kit/context.js';
import { noAnswer, probeFrom } from '../../kit/probe.js';
import type { Settings } from './program-restore.js';

const ANSWER_MS = 10_000;

/** The settings by which the router reaches its placements. */
const reaches = ({ engine, resolver }: Settings): string => JSON.stringify([engine, resolver ?? null]);

/**
 * Engines look names up in different ways: whoever has traffic and answers the router as it is must also answer it as
 * it is to be.
 * @throws PreconditionError (code NO_ANSWER) that names who would be lost
 */
export async function requireSameReach(
  ctx: OperationContext,
  host: string,
  before: Settings,
  after: Settings,
): Promise<void> {
  if (reaches(before) === reaches(after)) return;
  const then = (await probeFrom(ctx, host, { settings: after, timeoutMs: ANSWER_MS })).filter(({ ok }) => !ok);
  if (then.length === 0) return;
  const now = await probeFrom(ctx, host, { timeoutMs: ANSWER_MS });
  const lost = then.filter((probe) =>
    now.some(
      ({ service, placement, target, ok }) =>
        ok && service === probe.service && placement === probe.placement && target === probe.target,
    ),
  );
  if (lost.length === 0) return;
  throw noAnswer(
    host,
    [...new Set(lost.map(({ service }) => service))].join(', '),
    { probes: lost },
    {
      hint: `It answers the engine ${before.engine}, and would not answer ${after.engine}.`,
    },
  );
}
