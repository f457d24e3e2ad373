import { createServer, type AddressInfo } from 'node:net';
import { PreconditionError } from '../../core/errors.js';
import { ProviderError } from '../contracts/errors.js';

/**
 * A port of the loopback interface that is free now. A container keeps its port for life, so it is chosen here and not
 * by the engine.
 */
export async function choosePort(
  range: readonly [number, number] | undefined,
  besides: readonly number[],
): Promise<number> {
  if (!range) return (await listenOn(0))!;
  for (let port = range[0]; port <= range[1]; port += 1) {
    if (!besides.includes(port) && (await listenOn(port)) !== undefined) return port;
  }
  throw new PreconditionError(`No port from ${range[0]} to ${range[1]} is free for the SSH server of a docker host.`, {
    code: 'NO_PORT',
    hint: 'Destroy a host that is not needed, or set providers.docker.ports in the fleet file to a wider range.',
  });
}

/** The error of a start that met a taken port. */
export function portTaken(stderr: string, host: string): ProviderError | undefined {
  const port = /(?:127\.0\.0\.1:|port )(\d+).*(?:already allocated|already in use)/i.exec(stderr)?.[1];
  if (!port) return undefined;
  return new ProviderError(`Port ${port} of 127.0.0.1, which ${host} publishes, is taken.`, {
    provider: 'docker',
    code: 'CONFLICT',
    where: host,
    hint: 'Free the port, or destroy the host and provision it again.',
  });
}

function listenOn(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => {
      const { port: actual } = server.address() as AddressInfo;
      server.close(() => resolve(actual));
    });
  });
}
