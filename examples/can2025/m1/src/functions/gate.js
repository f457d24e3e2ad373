import { app } from '@azure/functions';
import { gatesById } from '../lib/gates.js';

app.http('gate', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'flow/gates/{gateId}',
  handler: async (request) => {
    const { gateId } = request.params;
    const gates = await gatesById(gateId, request.query.get('stadiumId'));
    if (gates.length === 0) return { status: 404, jsonBody: { errors: [`gate ${gateId} is not known`] } };
    if (gates.length > 1) {
      const stadiums = gates.map((gate) => gate.stadiumId).join(', ');
      return { status: 400, jsonBody: { errors: [`gate ${gateId} is in several stadiums, add stadiumId: ${stadiums}`] } };
    }
    return { jsonBody: gates[0] };
  },
});
