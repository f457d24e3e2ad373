import { access } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

const INSTALLED = join('node_modules', 'fanops', 'schemas', 'fleet.schema.json');

/**
 * How a fleet file in `dir` names the schema: by a relative path when fanops is installed above it or the folder lies
 * in a clone of it,
 * so that the file can be committed; else by the path of the package. `shipped`: absolute path of the package's schema.
 */
export async function schemaReference(dir: string, shipped: string): Promise<string> {
  const clone = dirname(dirname(shipped));
  if (dir === clone || dir.startsWith(clone + sep)) return asRelative(dir, shipped);
  for (let at = dir; ; at = dirname(at)) {
    const path = join(at, INSTALLED);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return asRelative(dir, path);
    if (dirname(at) === at) return shipped;
  }
}

function asRelative(dir: string, path: string): string {
  const way = relative(dir, path).replaceAll(sep, '/');
  return way.startsWith('..') ? way : `./${way}`;
}
