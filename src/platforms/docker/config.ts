import type { PlacementSchemaValues, PlatformModule } from '../contracts/module.js';
import { hostsShape, ON_HOSTS, type HostsPlacement } from '../placement.js';

/** A placement on Docker in the fleet file. */
export interface DockerPlacement extends HostsPlacement {
  platform: 'docker';
  /** Image that a Dockerfile of fanops starts from. */
  base?: string;
  /** Image with Node that the proxy starts from. */
  proxyBase?: string;
}

const image = ({ z }: PlacementSchemaValues) =>
  z.string().regex(/^[a-z0-9][\w.:/@-]*$/i, 'an image: node:24-slim, registry.example/team/base:1');

const placement = (values: PlacementSchemaValues) =>
  values.z.strictObject({
    platform: values.z.literal('docker'),
    ...hostsShape(values),
    base: image(values)
      .optional()
      .describe(
        'Image that an app without a Dockerfile is built on. Default: that of its runtime, such as node:24-slim',
      ),
    proxyBase: image(values)
      .optional()
      .describe(
        'Image with Node 20 or later that the proxy in front of the containers is built on. Default: node:24-slim',
      ),
  });

export const platform: PlatformModule<DockerPlacement> = {
  name: 'docker',
  summary: 'a container for each release, behind a proxy container that swaps them, on a host with Docker',
  capabilities: ['releases', 'background', 'logs'],
  accepts: ['image'],
  placement,
  ...ON_HOSTS,
  tools: [
    {
      name: 'Docker',
      probe: ['docker', 'version', '--format', '{{.Server.Version}}'],
      hint:
        'Install Docker there (sudo apt-get install docker.io), and let its login use it: ' +
        'sudo usermod -aG docker LOGIN.',
      task: 'docker',
    },
  ],
};
