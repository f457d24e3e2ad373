import type { Provider } from '../contracts/provider.js';
import type { ProviderSetup } from '../contracts/setup.js';
import { Engine } from './engine.js';
import { DockerInstances } from './instances.js';

/** `providers.docker` of the fleet file. */
export interface DockerConfig {
  /** Address of the engine, as `docker -H` takes it. */
  host?: string;
  /** Base image of all hosts. */
  image?: string;
  /** First and last port: `43000-43099`. */
  ports?: string;
}

/** The provider of containers with systemd, sshd and cloud-init. */
export function dockerProvider({ config, env, templates }: ProviderSetup<DockerConfig>): Provider {
  const [from, to] = config?.ports?.split('-').map(Number) ?? [];
  const engine = new Engine(config?.host, env);
  const instances = new DockerInstances({
    engine,
    base: config?.image,
    templates,
    ports: from && to ? [from, to] : undefined,
  });
  return {
    name: 'docker',
    scope: () => Promise.resolve(config?.host ?? 'this machine'),
    instances,
    shared: instances.shared,
  };
}
