import type { EngineModule } from '../contracts/module.js';

export const engine: EngineModule = {
  name: 'nginx',
  summary: "nginx, run by the router's program",
  settings: ['tls', 'httpPort', 'resolver'],
  program: { name: 'nginx', command: 'nginx', package: 'nginx-light' },
  folder: 'nginx',
};
