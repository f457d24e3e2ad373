import { defineProvider, portRangeProblems, type SchemaValues } from '../contracts/module.js';
import type { LocalConfig } from './index.js';

const config = ({ z }: SchemaValues) =>
  z.strictObject({
    root: z.string().min(1).optional().describe('Folder of the local hosts. Default: ~/.fanops/local'),
    ports: z
      .string()
      .regex(/^\d+-\d+$/, 'two ports: 42000-42099')
      .optional()
      .describe('Range for the SSH ports of local hosts. Default: 42000-42099'),
  });

export const provider = defineProvider<LocalConfig>({
  name: 'local',
  summary: 'a local host: a folder with an SSH server on this machine',
  traits: { network: 'loopback', rootless: true, bootstrap: false, initSystem: false, freeStart: true },
  capabilities: ['instances'],
  hostFields: [],
  examples: {},
  plainSettings: ['ports'],
  endpoints: [],
  questions: [],
  config,
  configProblems: ({ ports }) => portRangeProblems('ports', ports),
  load: async () => (await import('./index.js')).localProvider,
});
