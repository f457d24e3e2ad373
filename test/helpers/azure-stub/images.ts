/** STUB of ours: what the marketplace tells of images. Never compared with the real cloud. */
const VERSIONS: Record<string, readonly string[]> = {
  'debian/debian-12/12-gen2': ['0.20250601.2345', '0.20250901.999', '0.20250901.1000'],
  'debian/debian-12/12-arm64': ['0.20250901.1000'],
  'canonical/ubuntu-24_04-lts/server': ['24.04.202506010'],
};

/** The versions of an image, or one of them; undefined when the path is of something else, null when there is none. */
export function image(path: string): unknown {
  const [, publisher = '', offer = '', sku = '', version] =
    /\/publishers\/([^/]+)\/artifacttypes\/vmimage\/offers\/([^/]+)\/skus\/([^/]+)\/versions(?:\/([^/]+))?$/i.exec(
      path,
    ) ?? [];
  if (!publisher) return undefined;
  const known = VERSIONS[`${publisher}/${offer}/${sku}`.toLowerCase()] ?? [];
  const found = known.map((name) => ({ name, location: 'westeurope', id: `${path}/${name}` }));
  if (version === undefined) return found;
  return known.includes(version) ? { name: version, location: 'westeurope', id: path, properties: {} } : null;
}
