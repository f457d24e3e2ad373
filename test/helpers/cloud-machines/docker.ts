import { execFileSync } from 'node:child_process';
import { engineState } from '../docker.js';
import type { Cloud } from './cloud.js';
import { MACHINE_IMAGE } from './image.js';
import { MACHINES } from './machines.js';

/** The Docker engine itself, which needs no emulator. Its state is told without the machines of emulated clouds, which tests at the same time make. */
export async function dockerCloud(fleet: string): Promise<Cloud> {
  const ours = (): string[] =>
    execFileSync('docker', ['ps', '--all', '--quiet', '--filter', `label=fanops-fleet=${fleet}`], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  const before = ours().length;
  return {
    name: 'docker',
    providers: { docker: { image: MACHINE_IMAGE } },
    env: {},
    changes: () => undefined,
    snapshot: () =>
      Promise.resolve(
        Object.fromEntries(
          Object.entries(engineState()).map(([kind, names]) => [
            kind,
            names.filter((name) => !name.startsWith(MACHINES)),
          ]),
        ),
      ),
    // The engine refuses a second container of a name.
    count: () => Promise.resolve({ now: ours().length - before, made: ours().length - before }),
    stop: () => Promise.resolve(),
  };
}
