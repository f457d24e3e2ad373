import { z } from 'zod';
import { service } from '../shared.schema.js';

export { result } from './deploy.schema.js';

export const options = z.strictObject({
  service,
  to: z.string().optional().describe('Release to run; default: the one before'),
});
