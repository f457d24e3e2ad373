import { createHash } from 'node:crypto';
import { realpath, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { UserError } from '../core/errors.js';
import { Fleet } from './fleet.js';
import { fleetError, toProblems } from './problems.js';
import { knownKeys, withoutExtensions } from './shape.js';
import { checkReferences } from './references.js';
import { fleetSchema } from './schema.js';

export const FLEET_FILE = 'fanops.yaml';

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
    code: 'NO_FLEET_FILE', hint: 'Go to the folder of the fleet, name the file with --file, or make one.', nextSteps: ['fanops init'],
  });
}

/** Reads and checks a fleet file. @throws UserError with path, line and nearest key for everything that is wrong. */
export async function loadFleet(file: string): Promise<Fleet> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${file} cannot be read: ${error.message}`, { code: 'NO_FLEET_FILE', cause: error });
  });
  return parseFleet(text, file);
}

/** Checks the text of a fleet file; `file` is named in errors and gives the folder for relative paths. */
export function parseFleet(text: string, file: string): Fleet {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const broken = document.errors[0];
  if (broken) {
    const { line, col } = counter.linePos(broken.pos[0]);
    throw new UserError(`${file}:${line}:${col} is no valid YAML: ${broken.message}`, { code: 'FLEET_FILE', where: `${file}:${line}:${col}` });
  }
  const parsed = fleetSchema.safeParse(withoutExtensions(document.toJS() ?? {}));
  if (!parsed.success) {
    throw fleetError(file, document, counter, parsed.error.issues.flatMap((issue) => toProblems(issue, knownKeys(document.toJS()))));
  }
  const problems = checkReferences(parsed.data);
  if (problems.length > 0) throw fleetError(file, document, counter, problems);
  return new Fleet(parsed.data, file, dirname(file), createHash('sha256').update(text).digest('hex'));
}
