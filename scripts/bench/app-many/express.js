// As many routes on bare Express.
const express = require('express');
const { handler } = require('../app/src/handler');

const server = express();
for (let n = 0; n < Number(process.env.BENCH_FUNCTIONS ?? 20); n++) {
  server.get(`/api/gates${n}/:gate`, async (req, res) => {
    res.json(
      (await handler({ params: req.params, query: new URL(req.url, 'http://localhost').searchParams })).jsonBody,
    );
  });
}
server.listen(Number(process.argv[2]), '127.0.0.1');
