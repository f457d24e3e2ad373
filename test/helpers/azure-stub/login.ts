/**
 * STUB of ours: the token endpoint that a machine of Azure with an identity has; the one login of DefaultAzureCredential that is asked for over plain
 * http. One for the whole process, since the SDK reads its address once. Never compared with the real cloud.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

let started: Promise<Record<string, string>> | undefined;

/** Starts it at the first call. Resolves with the environment by which the SDK finds it; it does not keep the process. */
export function identity(): Promise<Record<string, string>> {
  return (started ??= start());
}

async function start(): Promise<Record<string, string>> {
  const server = createServer((_req, res) => {
    const token = {
      access_token: 'stub-token',
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: 'r',
      token_type: 'Bearer',
    };
    res.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(token));
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return {
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    IDENTITY_HEADER: 'stub',
  };
}
