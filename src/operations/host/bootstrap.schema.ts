import { z } from 'zod';
import { NODE_SOURCES } from '../../remote/bootstrap/node.js';
import { host, run } from '../shared.schema.js';

export const node = z.enum(NODE_SOURCES).optional().describe('Where Node comes from; default: each in turn');

export const options = z.strictObject({ host, node });

export const result = z.strictObject({
  run,
  host: z.string(),
  login: z.string().describe('The login that deploys there'),
  tasks: z.array(z.strictObject({ title: z.string(), changed: z.boolean(), detail: z.string().optional() })),
});
