import type { z } from 'zod';
/** What a migration is asked for. */
import type { options } from './migrate.schema.js';
export type MigrateOptions = z.output<typeof options>;
