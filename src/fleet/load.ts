import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { UserError } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';
import { CheckedFiles } from './checked-files.js';
import { fleetOf, type Fleet } from './fleet.js';
import type { SourceFile } from './layers.js';
import { nearest } from './nearest.js';
import { describeModules, modulesNamedIn, withDetectedRuntimes, type SchemaRegistry } from './registry.js';

export const FLEET_FILE = 'fanops.yaml';
/** A fleet of thousands of hosts has less. */
const MAX_BYTES = 8 << 20;

/**
 * The fleet file to act on: `explicit` (flag or FANOPS_FILE), else fanops.yaml in the folder or the nearest one above.
 * @throws UserError when there is none.
 */
export async function findFleetFile(cwd: string, explicit?: string): Promise<string> {
  if (explicit) return resolve(cwd, explicit);
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    try {
      // A link stands for the file it points at: relative paths start from there.
      return await realpath(join(dir, FLEET_FILE));
    } catch {
      // Not in this folder: look one higher.
      if (dirname(dir) === dir) break;
    }
  }
  throw new UserError(`There is no ${FLEET_FILE} in ${cwd} or above.`, {
    code: 'NO_FLEET_FILE',
    hint: 'Go to the folder of the fleet, name the file with --file, or make one.',
    nextSteps: ['fanops init'],
  });
}

export interface LoadOptions {
  /** Lays `fanops.ENV.yaml` over the file. */
  environment?: string;
  /** Version of fanops, which the file may ask for; without one any will do. */
  version?: string;
  /** Whether the cache beside the file is this user's: what comes with a clone is not believed. Default: it is. */
  ownCache?(dir: string): Promise<boolean>;
}

/**
 * Reads and checks a fleet file. Of the modules in `registry` it loads those that the file names.
 * @throws UserError with path, line and nearest key for everything that is wrong.
 */
export async function loadFleet(
  file: string,
  registry: SchemaRegistry,
  { environment, version, ownCache = () => Promise.resolve(true) }: LoadOptions = {},
): Promise<Fleet> {
  const files = [await readSource(file)];
  if (environment !== undefined) files.push(await readSource(await overlayFile(file, environment)));
  const memory = new CheckedFiles(dirname(file), files, version, registry.sources());
  const own = await ownCache(dirname(file));
  const known = own ? await memory.recall() : undefined;
  if (known) {
    const config = await withDetectedRuntimes(known, dirname(file), registry);
    return fleetOf(config, files, await describeModules(registry, modulesNamedIn(config, registry)), environment);
  }
  // Parser and schema are loaded only for files that were not found right before.
  const [{ checkFiles }, { checkVersion }] = await Promise.all([import('./parse.js'), import('./version.js')]);
  const { config, modules, written } = await checkFiles(files, registry);
  const fleet = fleetOf(config, files, modules, environment);
  if (version !== undefined) checkVersion(fleet, version);
  // What a source is written for may change: it is looked at each time.
  if (own) await memory.remember(written);
  return fleet;
}

async function readSource(file: string): Promise<SourceFile> {
  const text = await readRegularFile(file, MAX_BYTES)
    .then((bytes) => bytes.toString('utf8'))
    .catch((error: NodeJS.ErrnoException) => {
      throw new UserError(`${file} cannot be read: ${error.message}`, { code: 'NO_FLEET_FILE', cause: error });
    });
  return { file, text };
}

/**
 * `fanops.yaml` and `prod` give `fanops.prod.yaml` beside it. @throws UserError that names the environments that exist.
 */
async function overlayFile(file: string, environment: string): Promise<string> {
  const { name, ext } = parse(file);
  const names = (await readdir(dirname(file))).filter(
    (each) => each.startsWith(`${name}.`) && each.endsWith(ext) && each !== `${name}${ext}`,
  );
  const known = names.map((each) => each.slice(name.length + 1, -ext.length));
  if (known.includes(environment)) return join(dirname(file), `${name}.${environment}${ext}`);
  const near = nearest(environment, known);
  throw new UserError(
    `There is no environment "${environment}": ${join(dirname(file), `${name}.${environment}${ext}`)} does not exist.`,
    {
      code: 'UNKNOWN_NAME',
      hint:
        (near ? `Did you mean "${near}"? ` : '') +
        (known.length > 0 ? `There is: ${known.join(', ')}.` : 'There is none beside the fleet file.'),
    },
  );
}
