import { z } from 'zod';
import { unanswered } from '../shared.schema.js';

export const options = z.strictObject({
  provider: z.string().optional().describe('Only hosts of this provider'),
  full: z.boolean().optional().describe('Look at firewalls, prices and accounts as well'),
});

export const hostRow = z.strictObject({
  name: z.string(),
  provider: z.string().describe('"existing" for a machine that only has an address'),
  scope: z.string().optional().describe('Account, subscription or project, and region'),
  roles: z.array(z.string()),
  state: z.string(),
  address: z.string().optional(),
  port: z.int().optional(),
  createdAt: z.string().optional(),
  size: z.string().optional(),
  zone: z.string().optional(),
  monthlyUsd: z
    .number()
    .optional()
    .describe('US dollars for a month of 730 hours, by the price book; of a machine that runs'),
  price: z
    .strictObject({
      source: z.string(),
      date: z.string().describe('ISO date on which it was read'),
      old: z.boolean().describe('True when it should be read again'),
    })
    .optional(),
  noPrice: z
    .literal(true)
    .optional()
    .describe('A machine that runs and whose size has no price in the book of its region'),
  drift: z.array(z.string()).optional().describe('How it differs from what the file says'),
  inFile: z.boolean().describe('False for a machine that a provider has and the file does not name'),
});

export const result = z.strictObject({
  hosts: z.array(hostRow),
  asked: z.array(z.string()).describe('Names of the providers that were asked'),
  failed: z.array(unanswered).describe('What did not answer, so that the list may lack hosts'),
});
