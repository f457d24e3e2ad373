import { fleetOf, type Fleet } from './fleet.js';
import type { SourceFile } from './layers.js';
import { mergeLayers, readLayer } from './layers.js';
import { fleetError, toProblems } from './problems.js';
import { checkReferences } from './references.js';
import { fleetSchema, type FleetFile } from './schema.js';
import { knownKeys, withoutExtensions } from './shape.js';

/** The content of a fleet file, environment laid over it. @throws UserError with path, line and nearest key for everything that is wrong. */
export function checkFiles(files: readonly SourceFile[]): FleetFile {
  const layers = files.map(({ text, file }) => readLayer(text, file));
  const content = mergeLayers(layers);
  const parsed = fleetSchema.safeParse(withoutExtensions(content));
  if (!parsed.success)
    throw fleetError(
      layers,
      parsed.error.issues.flatMap((issue) => toProblems(issue, knownKeys(content))),
    );
  const problems = checkReferences(parsed.data);
  if (problems.length > 0) throw fleetError(layers, problems);
  return parsed.data;
}

/** Checks the text of a fleet file; `file` is named in errors and gives the folder for relative paths. */
export const parseFleet = (text: string, file: string): Fleet =>
  fleetOf(checkFiles([{ text, file }]), [{ text, file }]);
