/** A machine image that instances start from. */
export interface MachineImage {
  /** The provider's own identifier. */
  id: string;
  name: string;
  /** ISO time. */
  createdAt?: string;
}

/** What the processor of a machine understands; an image is made for one of them. */
export type Architecture = 'x64' | 'arm64';

/** Names that mean the same on every provider. */
export const IMAGE_ALIASES = ['debian-12', 'debian-13', 'ubuntu-22.04', 'ubuntu-24.04'] as const;
export type ImageAlias = (typeof IMAGE_ALIASES)[number];

/** Machine images. */
export interface ImageProvider {
  /**
   * The newest image that an alias or an identifier means in the provider's region.
   * @param architecture of the machine that is to start from it; an identifier means itself. Default: x64
   * @throws UserError when there is none.
   */
  resolve(image: string, architecture?: Architecture): Promise<MachineImage>;
}
