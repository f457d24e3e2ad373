import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writing } from '../../core/disk-full.js';
import type { InstanceSpec } from '../contracts/instances.js';
import { containerName } from './names.js';
import type { Engine } from './engine.js';

/**
 * Puts the NoCloud seed into a container that was made and not started. A fresh instance id makes cloud-init carry the
 * user data out
 * even where the image ran before (cloud-init keeps what it did by instance id).
 */
export async function putSeed(engine: Engine, spec: InstanceSpec): Promise<void> {
  // 0700: the user data holds a private key.
  const dir = await writing(tmpdir(), () => mkdtemp(join(tmpdir(), 'fanops-seed-')));
  try {
    const seed = join(dir, 'var/lib/cloud/seed/nocloud');
    await writing(seed, async () => {
      await mkdir(seed, { recursive: true });
      await writeFile(
        join(seed, 'meta-data'),
        JSON.stringify({ 'instance-id': `fanops-${randomUUID()}`, 'local-hostname': spec.name }),
        { mode: 0o600 },
      );
      await writeFile(join(seed, 'user-data'), spec.userData ?? '#cloud-config\n{}\n', { mode: 0o600 });
    });
    await engine.must(['cp', `${dir}/.`, `${containerName(spec.fleet, spec.name)}:/`]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
