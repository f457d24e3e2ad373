import { z } from 'zod';

/** `status --watch` is in `status-watch.json`. */
const fileOf = (name) => `${name.replaceAll(/[ -]+/g, '-')}.json`;

/** The bounds that every whole number of JavaScript has say nothing. */
function override({ jsonSchema }) {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** A result as it is printed: what is not named is not there. */
const printed = (schema, title) => ({ title, ...z.toJSONSchema(schema, { io: 'output', override }) });
/** Options as somebody gives them: durations are text. */
const given = (schema, title) => ({ title, ...z.toJSONSchema(schema, { io: 'input', override }) });

/**
 * The JSON Schemas of the catalog, by path below `schemas/`.
 * @param dist imports a module of the build
 */
export async function useCaseSchemas(dist) {
  const [{ CATALOG }, dryRun, progress, failure] = await Promise.all([
    dist('operations/catalog.js'),
    dist('operations/run/dry-run.schema.js'),
    dist('operations/run/progress.schema.js'),
    dist('operations/error.schema.js'),
  ]);
  const files = {
    'results/dry-run.json': printed(dryRun.result, 'What --dry-run prints with --json'),
    'results/progress.json': printed(progress.event, 'One line of --progress json on standard error'),
    'results/error.json': printed(failure.result, 'What a command prints with --json when it fails'),
  };
  for (const [name, { schemas }] of Object.entries(CATALOG)) {
    const { options, result, event } = await schemas();
    const isEvent = CATALOG[name].kind === 'stream';
    files[`results/${fileOf(name)}`] = isEvent
      ? printed(event, `One line of fanops ${name} --json`)
      : printed(result, `What fanops ${name} --json prints`);
    if (CATALOG[name].kind !== 'personal') files[`options/${fileOf(name)}`] = given(options, `Options of ${name}`);
  }
  return files;
}
