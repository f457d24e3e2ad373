const { app } = require('@azure/functions');
const { handler } = require('../../app/src/handler');

for (let n = 0; n < Number(process.env.BENCH_FUNCTIONS ?? 20); n++) {
  app.http(`gate${n}`, { methods: ['GET'], authLevel: 'anonymous', route: `gates${n}/{gate}`, handler });
}
