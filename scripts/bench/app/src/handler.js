/** The same work on both sides: reads a parameter and a query, answers JSON. */
exports.handler = async (request) => ({
  jsonBody: { gate: request.params.gate, window: request.query.get('window'), at: [1, 2, 3].map((n) => ({ n, open: n % 2 === 0 })) },
});
