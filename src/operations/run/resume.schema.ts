import { z } from 'zod';
import { result as deploy } from '../deploy/deploy.schema.js';
import { result as bootstrap } from '../host/bootstrap.schema.js';
import { result as destroy } from '../host/destroy.schema.js';
import { result as power } from '../host/power.schema.js';
import { result as provision } from '../host/provision.schema.js';
import { result as sweep } from '../host/sweep.schema.js';
import { result as finish } from '../migrate/finish.schema.js';
import { result as migrate } from '../migrate/migrate.schema.js';
import { result as rollback } from '../migrate/rollback.schema.js';
import { result as apply } from '../router/apply.schema.js';
import { result as weight } from '../router/weight.schema.js';

export const options = z.strictObject({
  run: z.string().min(1).describe('Id of the run'),
  rerun: z
    .array(z.string())
    .default([])
    .describe('Steps to run again although it cannot be told whether they took effect'),
  assumeDone: z.array(z.string()).default([]).describe('Steps to take as done'),
});

/** The result of the operation that planned the run. */
export const result = z.union([
  migrate,
  rollback,
  finish,
  deploy,
  apply,
  weight,
  provision,
  bootstrap,
  power,
  sweep,
  destroy,
]);
