import { app } from '@azure/functions';
import { flagStale } from '../lib/gates.js';

const DEFAULT_MINUTES = 10;

app.timer('flagStaleGates', {
  schedule: '%STALE_SCHEDULE%',
  handler: async (timer, context) => {
    const minutes = Number(process.env.STALE_AFTER_MINUTES ?? DEFAULT_MINUTES);
    const flagged = await flagStale(new Date(Date.now() - minutes * 60_000));
    for (const { stadiumId, gateId } of flagged) context.warn(`gate ${gateId} of ${stadiumId}: no event for ${minutes} minutes`);
  },
});
