import type { HealthRequest } from '#protocol';
import type { z } from 'zod';
import type * as values from '../../fleet/schema-values.js';

/** In what form a runtime hands over an app, and a platform takes it. */
export const ARTIFACT_KINDS = ['process', 'image'] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** A service as it stands in the fleet file, for its runtime. */
export interface ServiceSection {
  readonly source: string;
  readonly runtime?: string;
}

/**
 * What the schema of a runtime's section is built from; handed over so that a module can be read without loading zod.
 */
export type RuntimeSchemaValues = typeof values;

/**
 * A runtime, what a service is written for, as it describes itself. `config.ts` of its folder has one; neither zod nor
 * the runtime's code is loaded for it.
 */
export interface RuntimeModule {
  /** As in the fleet file; also the name of its folder. */
  readonly name: string;
  /** What it is, in a few words: `an app of the Azure Functions Node.js programming models v3 and v4`. */
  readonly summary: string;
  /** In what form it hands an app over. */
  readonly offers: readonly ArtifactKind[];
  /**
   * The schema of what only this runtime reads of a service, under the key of its name. A service that has the key is
   * of this runtime, whether it names it or not. Absent: it reads nothing more.
   */
  section?(values: RuntimeSchemaValues): z.ZodType;
  /** What its processes answer by themselves when they are asked for their health. */
  health?(service: ServiceSection): HealthRequest | undefined;
  /** Whether a folder holds an app that is written for it. @param dir absolute path */
  detect(dir: string): Promise<boolean>;
}

export type RuntimeModules = ReadonlyMap<string, RuntimeModule>;
