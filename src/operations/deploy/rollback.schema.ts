import { z } from 'zod';
import { service, without } from '../shared.schema.js';

export { result } from './deploy.schema.js';

export const options = z.strictObject({
  service,
  without,
  to: z.string().optional().describe('Release to run; default: the one before'),
});
