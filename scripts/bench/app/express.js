// The handlers of the app on bare Express, with no more around them than they need.
const express = require('express');
const { handler, big } = require('./src/handler');

const server = express();
server.get('/api/gates/:gate', async (req, res) => {
  const { jsonBody } = await handler({ params: req.params, query: new URL(req.url, 'http://localhost').searchParams });
  res.json(jsonBody);
});
server.get('/api/big', async (_req, res) => {
  const { headers, body } = await big();
  res.set(headers).send(body);
});
server.listen(Number(process.argv[2]), '127.0.0.1');
