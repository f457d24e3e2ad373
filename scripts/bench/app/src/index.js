const { app } = require('@azure/functions');
const { handler, big } = require('./handler');

app.http('gate', { methods: ['GET'], authLevel: 'anonymous', route: 'gates/{gate}', handler });
app.http('big', { methods: ['GET'], authLevel: 'anonymous', handler: big });
