const { app } = require('@azure/functions');
const { handler } = require('./handler');

app.http('gate', { methods: ['GET'], authLevel: 'anonymous', route: 'gates/{gate}', handler });
