import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../contracts/errors.js';
import { IMAGE_ALIASES } from '../contracts/images.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import type { Engine } from './engine.js';

const BUILD_MS = 15 * 60_000;
const FILES = ['Dockerfile', '99-fanops.cfg'];

/** Base image of the name that a fleet file uses: `debian-12` is `debian:12`. */
export function baseImage(image: string | undefined, configured: string | undefined): string {
  if (configured) return configured;
  const named = image ?? 'debian-12';
  return (IMAGE_ALIASES as readonly string[]).includes(named) ? named.replace('-', ':') : named;
}

/**
 * The image that hosts start from, made from the base when it is not there yet; its name tells the base and the
 * templates.
 * @throws ProviderError when the base cannot be had or the build fails.
 */
export async function hostImage(engine: Engine, base: string, templates: string, io: ProviderIo): Promise<string> {
  const folder = join(templates, 'docker');
  const baseId = await idOf(engine, base, io);
  const hash = createHash('sha256').update(baseId);
  for (const file of FILES) hash.update(await readFile(join(folder, file)));
  const name = `fanops-host:${hash.digest('hex').slice(0, 12)}`;
  const present = await engine.run(['image', 'inspect', '--format', '{{index .Config.Labels "fanops-base"}}', name]);
  if (present.code === 0 && present.stdout.trim() === base) return name;
  if (present.code === 0)
    throw new ProviderError(`Docker has an image ${name} that fanops did not make from ${base}.`, {
      provider: 'docker',
      code: 'CONFLICT',
      hint: `Remove it: docker image rm ${name}`,
    });
  io.progress?.(`building the image of hosts from ${base}`);
  const args = ['build', '--build-arg', `BASE=${base}`, '--label', `fanops-base=${base}`, '--tag', name, folder];
  await engine.must(args, { ...io, timeoutMs: BUILD_MS });
  return name;
}

async function idOf(engine: Engine, base: string, io: ProviderIo): Promise<string> {
  const look = ['image', 'inspect', '--format', '{{.Id}}', base];
  const present = await engine.run(look);
  if (present.code === 0) return present.stdout.trim();
  io.progress?.(`pulling ${base}`);
  const { code, stderr } = await engine.run(['pull', base], { ...io, timeoutMs: BUILD_MS });
  if (code !== 0) {
    throw new ProviderError(
      `The image ${base} is not on this machine and could not be pulled: ${stderr.trim().split('\n').at(-1)}`,
      {
        provider: 'docker',
        code: 'NOT_FOUND',
        hint: 'Name an image that is there as providers.docker.image in the fleet file: docker image ls',
      },
    );
  }
  return (await engine.must(look)).trim();
}
