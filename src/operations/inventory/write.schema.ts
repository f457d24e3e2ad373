import { z } from 'zod';

export const result = z.strictObject({ file: z.string().describe('The script that was written') });
