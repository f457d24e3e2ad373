import { z } from 'zod';

export const options = z.strictObject({
  topic: z.string().optional().describe('Page, as the list of topics names it. Default: that list'),
});

export const result = z.union([
  z.strictObject({
    topics: z.array(z.strictObject({ topic: z.string(), title: z.string() })).describe('All pages'),
  }),
  z.strictObject({ topic: z.string(), text: z.string().describe('The page as Markdown') }),
]);
