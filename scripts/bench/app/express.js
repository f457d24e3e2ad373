// The handler of the app on bare Express, with no more around it than it needs.
const express = require('express');
const { handler } = require('./src/handler');

const server = express();
server.get('/api/gates/:gate', async (req, res) => {
  const { jsonBody } = await handler({ params: req.params, query: new URL(req.url, 'http://localhost').searchParams });
  res.json(jsonBody);
});
server.listen(Number(process.argv[2]), '127.0.0.1');
