import type { EngineModule } from '../contracts/module.js';

export const engine: EngineModule = {
  name: 'haproxy',
  summary: "HAProxy, run by the router's program",
  settings: ['tls', 'httpPort', 'resolver'],
  program: {
    name: 'HAProxy',
    command: 'haproxy',
    package: 'haproxy',
    versions: { range: '>=2.6', argument: '-v' },
  },
  folder: 'haproxy',
};
