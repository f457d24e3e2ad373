// What stands behind a router: answers at once.
const { createServer } = require('node:http');

const body = JSON.stringify({ gates: Array.from({ length: 5 }, (_, n) => ({ gate: `A${n}`, queue: n * 10 })) });
createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}).listen(Number(process.argv[2]), '127.0.0.1');
