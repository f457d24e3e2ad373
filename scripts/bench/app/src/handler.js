/** The same work on both sides: reads a parameter and a query, answers JSON. */
exports.handler = async (request) => ({
  jsonBody: {
    gate: request.params.gate,
    window: request.query.get('window'),
    at: [1, 2, 3].map((n) => ({ n, open: n % 2 === 0 })),
  },
});

const megabyte = Buffer.alloc(2 ** 20, 'fanops ');
exports.big = async () => ({ headers: { 'content-type': 'application/octet-stream' }, body: megabyte });
