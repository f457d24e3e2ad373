import { app, output } from '@azure/functions';
import { normalise, validate } from '../lib/event.js';

const flowEvents = output.storageQueue({ queueName: 'flow-events', connection: 'AzureWebJobsStorage' });

app.http('ingest', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'flow/ingest',
  extraOutputs: [flowEvents],
  handler: async (request, context) => {
    let body;
    try {
      body = await request.json();
    } catch {
      return { status: 400, jsonBody: { errors: ['the body must be a JSON object'] } };
    }
    const errors = validate(body);
    if (errors.length > 0) return { status: 400, jsonBody: { errors } };
    const event = normalise(body);
    context.extraOutputs.set(flowEvents, event);
    return { status: 202, jsonBody: { id: event.id } };
  },
});
