import { UserError } from '../../core/errors.js';
import type { Architecture, ImageAlias, ImageProvider, MachineImage } from '../contracts/images.js';
import { calling } from './errors.js';
import { itemsOf } from './patience.js';
import type { AwsSdk } from './sdk.js';

/**
 * Who publishes the images of a distribution, and how they are called (`ARCH` is amd64 or arm64): the owners are named
 * by Debian and Canonical.
 */
const PUBLISHED: Record<ImageAlias, { owner: string; name: string }> = {
  'debian-12': { owner: '136693071363', name: 'debian-12-ARCH-*' },
  'debian-13': { owner: '136693071363', name: 'debian-13-ARCH-*' },
  'ubuntu-22.04': { owner: '099720109477', name: 'ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-ARCH-server-*' },
  'ubuntu-24.04': { owner: '099720109477', name: 'ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-ARCH-server-*' },
};
const ARCH: Record<Architecture, string> = { x64: 'amd64', arm64: 'arm64' };

/** An image with what a launch needs to know of it. */
export interface AwsImage extends MachineImage {
  /** Device name of the root disk, e.g. `/dev/xvda`. */
  rootDevice: string;
}

/** Machine images of a region. */
export class AwsImages implements ImageProvider {
  readonly #sdk: AwsSdk;

  constructor(sdk: AwsSdk) {
    this.#sdk = sdk;
  }

  async resolve(image: string, architecture: Architecture = 'x64'): Promise<MachineImage> {
    return this.inRegion(image, await this.#sdk.region(), architecture);
  }

  /** The newest image that an alias or an id means in a region. @throws UserError when there is none. */
  async inRegion(image: string, region: string, architecture: Architecture): Promise<AwsImage> {
    const published = Object.hasOwn(PUBLISHED, image) ? PUBLISHED[image as ImageAlias] : undefined;
    if (!published && !image.startsWith('ami-')) throw noImage(image, region);
    const [{ paginateDescribeImages }, client] = await Promise.all([import('./clients.js'), this.#sdk.ec2(region)]);
    const query = published
      ? {
          Owners: [published.owner],
          Filters: [
            { Name: 'name', Values: [published.name.replace('ARCH', ARCH[architecture])] },
            { Name: 'state', Values: ['available'] },
          ],
        }
      : { ImageIds: [image] };
    const images = await calling(`looking up the image ${image} in ${region}`, () =>
      itemsOf(
        () => paginateDescribeImages({ client }, query),
        (page) => page.Images,
      ),
    );
    const found = images.flatMap(
      ({ ImageId: id, Name: name, CreationDate: createdAt, RootDeviceName: rootDevice }): AwsImage[] =>
        id ? [{ id, name: name ?? id, createdAt, rootDevice: rootDevice ?? '/dev/sda1' }] : [],
    );
    const newest = found.sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''))[0];
    if (newest) return newest;
    throw noImage(image, region);
  }
}

const noImage = (image: string, region: string): UserError =>
  new UserError(`There is no image ${image} in ${region}.`, {
    code: 'NO_IMAGE',
    hint: `Known names: ${Object.keys(PUBLISHED).join(', ')}; or the id of an AMI of that region.`,
  });
