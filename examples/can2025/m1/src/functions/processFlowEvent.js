import { app } from '@azure/functions';
import { saveGate } from '../lib/gates.js';

app.storageQueue('processFlowEvent', {
  queueName: 'flow-events',
  connection: 'AzureWebJobsStorage',
  handler: async (event, context) => {
    const gate = await saveGate(event);
    const { stadiumId, gateId } = event;
    context.log(gate ? `gate ${gateId} of ${stadiumId} is ${gate.level}` : `an older event of gate ${gateId} of ${stadiumId} is left out`);
  },
});
