import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import type { Instance, InstanceProvider } from '../../src/providers/contracts/instances.js';
import { createLocalProvider } from '../../src/providers/local/index.js';
import type { SshEndpoint } from '../../src/transports/transport.js';
import { freeRange } from './ports.js';
import { buildLocalServer } from './local-server.js';

export interface LocalFleet {
  root: string;
  portRange: [number, number];
  serverEntry: string;
  instances: InstanceProvider;
  create(name: string): Promise<Instance & { endpoint: SshEndpoint }>;
  /** Destroys every host of the fleet and removes the folder. */
  dispose(): Promise<void>;
}

/** A local provider in a folder of its own, with ports that are free now. The path is short: PM2 makes sockets below it. */
export async function localFleet(): Promise<LocalFleet> {
  const root = mkdtempSync('/tmp/fo-');
  const portRange = await freeRange(20);
  const serverEntry = await buildLocalServer();
  const provider = createLocalProvider({ root, portRange, serverEntry });
  const instances = provider.instances as InstanceProvider;
  return {
    root,
    portRange,
    serverEntry,
    instances,
    create: async (name) => {
      const instance = await instances.create({ name, fleet: 'test', roles: ['app'], runId: 'run-1' });
      return { ...instance, endpoint: instance.endpoint as SshEndpoint };
    },
    dispose: async () => {
      for (const host of (await instances.list('test')).items) await instances.destroy('test', host.name);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The folder of a host of a LocalFleet. */
export function hostDir(fleet: LocalFleet, name: string): string {
  return join(fleet.root, 'test', name);
}

/** A program of its own that creates the host `many` of a fleet and prints where it is. */
export async function bundleCreate(fleet: LocalFleet): Promise<string> {
  const outfile = join(dirname(fleet.serverEntry), `create-${process.pid}.mjs`);
  const { root, portRange, serverEntry } = fleet;
  const code = `
    import { createLocalProvider } from './src/providers/local/index.ts';
    const provider = createLocalProvider(${JSON.stringify({ root, portRange, serverEntry })});
    const host = await provider.instances.create({ name: 'many', fleet: 'test', roles: [], runId: 'r' });
    console.log(JSON.stringify(host.endpoint));`;
  await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
