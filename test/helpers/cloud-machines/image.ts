import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../cli.js';
import { TEST_BASE } from '../docker.js';

const BASE = 'fanops-test-machine-base';
/** Image of machines of clouds in tests. */
export const MACHINE_IMAGE = 'fanops-test-machine';

/** Makes it from the product's own template of docker hosts; what was made before is taken from the engine's cache. */
export function makeMachineImage(): void {
  const build = (tag: string, base: string, folder: string): void => {
    execFileSync('docker', ['build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', tag, join(ROOT, folder)], {
      stdio: 'pipe',
      timeout: 600_000,
    });
  };
  build(BASE, TEST_BASE, 'templates/docker');
  build(MACHINE_IMAGE, BASE, 'test/helpers/cloud-machines');
}
