import { z } from 'zod';
import type { HostField } from '../providers/contracts/module.js';
import type { Problem } from './problems.js';
import type { LoadedModules } from './registry.js';

/** Sections of `providers` in a fleet file; the schema of each is that of its module. */
export type ProviderSections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** `providers` of the fleet file. The section of a provider that was not loaded takes anything. */
export function providerSections({ names, schemas, providers }: LoadedModules): z.ZodType<ProviderSections> {
  const sections = names.provider.map(
    (name) =>
      [
        name,
        (schemas.provider.get(name) ?? z.unknown()).optional().describe(providers.get(name)?.summary ?? ''),
      ] as const,
  );
  return z.strictObject(Object.fromEntries(sections)) as unknown as z.ZodType<ProviderSections>;
}

/** What the schemas of sections cannot see. */
export const sectionProblems = (sections: ProviderSections | undefined, { providers }: LoadedModules): Problem[] =>
  Object.entries(sections ?? {}).flatMap(([name, section]) =>
    (providers.get(name)?.configProblems?.(section) ?? []).map((problem) => ({
      ...problem,
      path: ['providers', name, ...problem.path],
    })),
  );

/** How providers write a field of a host: `eu-west-1a of aws, europe-west1-b of gcp`, or without their names. */
export const examplesOf = ({ providers }: LoadedModules, field: HostField, named = false): string =>
  [...providers.values()]
    .flatMap(({ name, examples }) => (examples[field] === undefined ? [] : [[examples[field], name] as const]))
    .map(([example, name]) => (named ? `${example} of ${name}` : example))
    .join(', ');

/** The names of those that read a field of a host: `aws or azure`. */
export const readersOf = ({ providers }: LoadedModules, field: HostField): string =>
  [...providers.values()].flatMap(({ name, hostFields }) => (hostFields.includes(field) ? [name] : [])).join(' or ');
