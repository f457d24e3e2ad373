import type { FaultProxy, Seen } from '../fault-proxy/index.js';
import { CloudMachines, type Booting } from './machines.js';

/** An emulated cloud whose machines live, for runs of the built CLI. */
export interface Cloud {
  name: string;
  /** `providers` of a fleet file. */
  providers: Record<string, unknown>;
  /** What the CLI needs of it in its environment. */
  env: NodeJS.ProcessEnv;
  /** Between the CLI and the emulator; none where the provider needs no emulator. */
  proxy?: FaultProxy;
  /** What a request changes, undefined for one that only looks. */
  changes(request: Seen): string | undefined;
  /** Everything that the emulator holds. */
  snapshot(): Promise<unknown>;
  /** How many machines there are now, and how many were ever made. */
  count(): Promise<{ now: number; made: number }>;
  stop(): Promise<void>;
}

/** Lets machines live behind a proxy: after each request that may move one, containers follow what the emulator says. */
export async function bringToLife(
  cloud: string,
  proxy: FaultProxy,
  moves: (request: Seen) => boolean,
  machines: () => Promise<Booting[]> | Booting[],
): Promise<CloudMachines> {
  const living = new CloudMachines(cloud);
  await living.start();
  proxy.gate = {
    after: async (request) => {
      if (moves(request)) await living.follow(await machines());
    },
  };
  proxy.mask = (body) => living.mask(body);
  return living;
}
