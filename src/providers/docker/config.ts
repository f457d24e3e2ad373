import { CLOUD_MACHINE, defineProvider, portRangeProblems, type SchemaValues } from '../contracts/module.js';
import { DOCKER_ENDPOINTS } from './endpoints.js';
import type { DockerConfig } from './index.js';

const config = ({ z }: SchemaValues) =>
  z.strictObject({
    host: z
      .string()
      .min(1)
      .optional()
      .describe('Address of the Docker engine. Default: DOCKER_HOST, else the current context of the docker command'),
    image: z
      .string()
      .min(1)
      .optional()
      .describe('Base image of the hosts. Default: debian:12 or ubuntu:24.04, as the image of the host says'),
    ports: z
      .string()
      .regex(/^\d+-\d+$/, 'two ports: 43000-43099')
      .optional()
      .describe('Range for the ports that hosts publish on the loopback interface. Default: any free one'),
  });

export const provider = defineProvider<DockerConfig>({
  name: 'docker',
  summary: 'a container with systemd and SSH, made by Docker',
  traits: { ...CLOUD_MACHINE, network: 'bridge' },
  capabilities: ['instances', 'shared'],
  hostFields: ['size', 'image'],
  examples: {},
  plainSettings: ['ports'],
  endpoints: DOCKER_ENDPOINTS,
  questions: [],
  config,
  configProblems: ({ ports }) => portRangeProblems('ports', ports),
  load: async () => (await import('./index.js')).dockerProvider,
});
