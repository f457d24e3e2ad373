import { app } from '@azure/functions';
import { gatesOfStadium } from '../lib/gates.js';

function summarise(gates) {
  const count = (level) => gates.filter((gate) => gate.level === level).length;
  return {
    gates: gates.length,
    green: count('green'),
    yellow: count('yellow'),
    red: count('red'),
    stale: gates.filter((gate) => gate.stale).length,
    queueLength: gates.reduce((sum, gate) => sum + gate.queueLength, 0),
    maxWaitMinutes: gates.reduce((max, gate) => Math.max(max, gate.waitMinutes), 0),
  };
}

app.http('status', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'flow/status',
  handler: async (request) => {
    const stadiumId = request.query.get('stadiumId');
    if (!stadiumId) return { status: 400, jsonBody: { errors: ['stadiumId is missing'] } };
    const gates = await gatesOfStadium(stadiumId);
    return { jsonBody: { stadiumId, summary: summarise(gates), gates } };
  },
});
