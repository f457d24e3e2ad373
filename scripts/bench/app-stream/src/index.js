const { ReadableStream } = require('node:stream/web');
const { app } = require('@azure/functions');

app.setup({ enableHttpStream: true });

const piece = new Uint8Array(65_536).fill(97);

app.get('down', async (request) => {
  let left = Number(request.query.get('megabytes')) * 16;
  return {
    body: new ReadableStream({ pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()) }),
  };
});
app.post('up', async (request) => {
  let bytes = 0;
  for await (const chunk of request.body ?? []) bytes += chunk.length;
  return { jsonBody: { bytes } };
});
