import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateFor } from '../certificates.js';

/** An app that speaks TLS: it answers with 30 kB of headers, and a body that says what it was told of who asked. */
export async function secureApp(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-secure-'));
  const { key, certificate: cert } = certificateFor(dir, 'app.example');
  await rm(dir, { recursive: true });
  const server = createServer({ key, cert, maxHeaderSize: 128 << 10 }, (req, res) => {
    for (let line = 0; line < 30; line += 1) res.setHeader(`x-fill-${line}`, 'f'.repeat(980));
    res.end(
      JSON.stringify([
        req.headers['x-forwarded-for'],
        req.headers['x-forwarded-host'],
        req.headers['x-fill']?.length ?? 0,
      ]),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
