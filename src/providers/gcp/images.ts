import { UserError } from '../../core/errors.js';
import type { Architecture, ImageAlias, ImageProvider, MachineImage } from '../contracts/images.js';
import type { GcpCalls } from './calls.js';

/** Project and families of the public images of a distribution. */
const PUBLISHED: Record<ImageAlias, { project: string; family: Record<Architecture, string> }> = {
  'debian-12': { project: 'debian-cloud', family: { x64: 'debian-12', arm64: 'debian-12-arm64' } },
  'debian-13': { project: 'debian-cloud', family: { x64: 'debian-13', arm64: 'debian-13-arm64' } },
  'ubuntu-22.04': { project: 'ubuntu-os-cloud', family: { x64: 'ubuntu-2204-lts', arm64: 'ubuntu-2204-lts-arm64' } },
  'ubuntu-24.04': {
    project: 'ubuntu-os-cloud',
    family: { x64: 'ubuntu-2404-lts-amd64', arm64: 'ubuntu-2404-lts-arm64' },
  },
};

/**
 * What the processor of a machine type understands: Arm has series of its own.
 * Source: https://cloud.google.com/compute/docs/instances/arm-on-compute
 */
export const architectureOf = (size: string): Architecture => (/^(t2a|c4a|n4a|a4x)-/.test(size) ? 'arm64' : 'x64');

/**
 * Machine images: the newest of a family, or one by name, as `projects/PROJECT/global/images/NAME` or of the own
 * project.
 */
export class GcpImages implements ImageProvider {
  constructor(private readonly calls: GcpCalls) {}

  async resolve(image: string, architecture: Architecture = 'x64'): Promise<MachineImage> {
    const published = Object.hasOwn(PUBLISHED, image) ? PUBLISHED[image as ImageAlias] : undefined;
    const found = await this.calls.look(`looking up the image ${image}`, async ({ images }) => {
      if (published)
        return (await images.getFromFamily({ project: published.project, family: published.family[architecture] }))[0];
      const [, project = this.calls.config.project, name = image] =
        /^projects\/([^/]+)\/global\/images\/([^/]+)$/.exec(image) ?? [];
      return (await images.get({ project, image: name }))[0];
    });
    if (found) {
      const project =
        published?.project ?? /projects\/([^/]+)\//.exec(found.selfLink ?? '')?.[1] ?? this.calls.config.project;
      return {
        id: `projects/${project}/global/images/${found.name}`,
        name: found.name ?? image,
        createdAt: found.creationTimestamp ?? undefined,
      };
    }
    throw new UserError(`There is no image ${image}.`, {
      code: 'NO_IMAGE',
      hint: `Known names: ${Object.keys(PUBLISHED).join(', ')}; or projects/PROJECT/global/images/NAME.`,
    });
  }
}
