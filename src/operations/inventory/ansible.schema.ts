import { z } from 'zod';

export const options = z.strictObject({
  host: z.string().optional().describe('Only the variables of this host'),
});

export const hostVars = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));

export const inventory = z
  .object({
    _meta: z.strictObject({ hostvars: z.record(z.string(), hostVars) }),
    all: z.strictObject({ children: z.array(z.string()) }),
  })
  .catchall(z.strictObject({ hosts: z.array(z.string()) }));

/** What Ansible takes of an inventory script: groups and all variables, or the variables of one host. */
export const result = z.union([inventory, hostVars]);
