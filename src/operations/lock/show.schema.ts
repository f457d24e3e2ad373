import { z } from 'zod';
import { lockRow } from './locks.schema.js';

export { noOptions as options } from '../shared.schema.js';

export const result = z.strictObject({
  locks: z.array(lockRow),
  failed: z.array(z.strictObject({ host: z.string(), message: z.string() })).describe('Hosts that did not answer'),
});
