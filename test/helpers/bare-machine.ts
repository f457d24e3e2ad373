import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Engine } from '../../src/providers/docker/engine.js';
import { DockerInstances } from '../../src/providers/docker/instances.js';
import { engineState, startEngine, TEST_BASE } from './docker.js';

/** A machine that nothing was done to: for what bootstrap does there as root. */
export interface BareMachine {
  instances: DockerInstances;
  /** Name of its container. */
  container: string;
  /** Runs a command there as root; its standard output. */
  asRoot(argv: string[], input?: string): string;
  /** Removes it. @throws when something else is left in the engine than was there before */
  stop(): Promise<void>;
}

/** Starts the host `app-1` of a fleet as the provider docker makes it, and waits for the end of its first boot. `keys` may log in as `deploy`. */
export async function startBareMachine(
  fleet: string,
  keys: string[] = [],
  base: Parameters<typeof startEngine>[0] = TEST_BASE,
): Promise<BareMachine> {
  const engine = await startEngine(base);
  const before = JSON.stringify(engineState());
  const instances = new DockerInstances({
    engine: new Engine(undefined, process.env),
    base,
    templates: join(import.meta.dirname, '../../templates'),
  });
  await instances.create({
    name: 'app-1',
    fleet,
    roles: ['app'],
    runId: 'run-7',
    ...(keys.length > 0 ? { user: 'deploy', authorizedKeys: keys } : {}),
  });
  const container = `fanops-${fleet}-app-1`;
  const asRoot = (argv: string[], input = ''): string =>
    execFileSync('docker', ['exec', '-i', container, ...argv], { encoding: 'utf8', input });
  asRoot(['sh', '-c', 'while ! [ -e /var/lib/cloud/instance/boot-finished ]; do sleep 0.2; done']);
  return {
    instances,
    container,
    asRoot,
    stop: async () => {
      await instances.destroy(fleet, 'app-1');
      const after = JSON.stringify(engineState());
      await engine.stop();
      if (after !== before) throw new Error(`the engine is not as it was: ${after}, before ${before}`);
    },
  };
}
