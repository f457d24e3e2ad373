import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeModule } from '../contracts/module.js';

export const runtime: RuntimeModule = {
  name: 'azure-functions-node',
  summary: 'an app of the Azure Functions Node.js programming model, version 3 or 4',
  offers: ['process', 'image'],
  // What functions-host says of itself.
  health: () => ({ path: '/_fanops/health' }),
  detect: (dir) =>
    access(join(dir, 'host.json')).then(
      () => true,
      () => false,
    ),
};
