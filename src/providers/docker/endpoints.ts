import type { EndpointField } from '../contracts/endpoints.js';

/** The engine gets logins of registries with a build, and whoever has it is root on its machine. */
export const DOCKER_ENDPOINTS: readonly EndpointField[] = [
  { key: 'host', remote: ['ssh'], here: ['unix', 'npipe', 'fd'] },
];
