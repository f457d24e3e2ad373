import { z } from 'zod';
import { lockRow } from './locks.schema.js';

export const options = z.strictObject({
  lock: z.string().min(1).describe('Name of the lock, as `lock show` prints it, or of the service'),
});

export const result = z.strictObject({ broken: z.array(lockRow) });
