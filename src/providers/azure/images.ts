import type { ImageReference } from '@azure/arm-compute';
import { UserError } from '../../core/errors.js';
import type { Architecture, ImageAlias, ImageProvider, MachineImage } from '../contracts/images.js';
import type { AzureCalls } from './calls.js';
import type { Locations } from './locations.js';

interface Sku {
  publisher: string;
  offer: string;
  sku: string;
}

interface Published {
  publisher: string;
  offer: string;
  sku: Record<Architecture, string>;
}

/**
 * Who publishes the images of a distribution, and how they are called: the names are those of Debian and Canonical in
 * the marketplace, second generation.
 */
const PUBLISHED: Record<ImageAlias, Published> = {
  'debian-12': { publisher: 'Debian', offer: 'debian-12', sku: { x64: '12-gen2', arm64: '12-arm64' } },
  'debian-13': { publisher: 'Debian', offer: 'debian-13', sku: { x64: '13-gen2', arm64: '13-arm64' } },
  'ubuntu-22.04': {
    publisher: 'Canonical',
    offer: '0001-com-ubuntu-server-jammy',
    sku: { x64: '22_04-lts-gen2', arm64: '22_04-lts-arm64' },
  },
  'ubuntu-24.04': { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: { x64: 'server', arm64: 'server-arm64' } },
};

/**
 * Machine images of a region: the newest of an alias, one as `PUBLISHER:OFFER:SKU:VERSION`, or one of the subscription
 * by its identifier.
 */
export class AzureImages implements ImageProvider {
  constructor(
    private readonly calls: AzureCalls,
    private readonly locations: Locations,
  ) {}

  async resolve(image: string, architecture: Architecture = 'x64'): Promise<MachineImage> {
    return this.#inRegion(image, this.locations.own, architecture);
  }

  /** What a new machine is told of its image. @throws UserError when there is none. */
  async reference(image: string, location: string, size: string): Promise<ImageReference> {
    const { id } = await this.#inRegion(image, location, architectureOf(size));
    const [publisher, offer, sku, version] = id.split(':');
    return id.startsWith('/') ? { id } : { publisher, offer, sku, version };
  }

  async #inRegion(image: string, location: string, architecture: Architecture): Promise<MachineImage> {
    // Whether an image of somebody's own is there only its making tells: it may be of any kind, and in another
    // subscription.
    if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\//i.test(image))
      return { id: image, name: image.split('/').at(-1) ?? image };
    const known = Object.hasOwn(PUBLISHED, image) ? PUBLISHED[image as ImageAlias] : undefined;
    const [publisher, offer, sku, version] = known
      ? [known.publisher, known.offer, known.sku[architecture], 'latest']
      : image.split(':');
    if (!publisher || !offer || !sku || !version) throw noImage(image, location);
    const exact =
      version === 'latest'
        ? await this.#newest(location, { publisher, offer, sku })
        : await this.#version(location, { publisher, offer, sku }, version);
    if (!exact) throw noImage(image, location);
    return { id: [publisher, offer, sku, exact].join(':'), name: image };
  }

  async #newest(location: string, { publisher, offer, sku }: Sku): Promise<string | undefined> {
    const found = await this.calls.look(`looking up the newest ${offer} in ${location}`, ({ compute }, options) =>
      compute.virtualMachineImages.list(location, publisher, offer, sku, options),
    );
    return (found ?? [])
      .map(({ name }) => name)
      .sort(byVersion)
      .at(-1);
  }

  async #version(location: string, { publisher, offer, sku }: Sku, version: string): Promise<string | undefined> {
    return (
      (await this.calls.look(`looking up ${offer} ${version} in ${location}`, ({ compute }, options) =>
        compute.virtualMachineImages.get(location, publisher, offer, sku, version, options),
      )) && version
    );
  }
}

/**
 * What the processor of a size understands: Arm sizes have a `p` among their features, as in Standard_D2ps_v5.
 * Source: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
 */
export const architectureOf = (size: string): Architecture =>
  /^Standard_[A-Z]+\d+(-\d+)?[a-z]*p[a-z]*_/i.test(size) ? 'arm64' : 'x64';

/** Versions are numbers with dots: 0.20250601.1234. */
const byVersion = (a: string, b: string): number => {
  const [one, other] = [a.split('.').map(Number), b.split('.').map(Number)];
  const at = one.findIndex((number, index) => number !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
};

const noImage = (image: string, location: string): UserError =>
  new UserError(`There is no image ${image} in ${location}.`, {
    code: 'NO_IMAGE',
    hint:
      `Known names: ${Object.keys(PUBLISHED).join(', ')}; or PUBLISHER:OFFER:SKU:VERSION, or ` +
      'the identifier of an image of yours.',
  });
