import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceProvider } from '../../src/providers/contracts/instances.js';
import { createLocalProvider } from '../../src/providers/local/index.js';
import { isFree } from '../../src/providers/local/ports.js';
import { buildLocalServer } from '../helpers/local-server.js';
import { freeRange } from '../helpers/ports.js';
import { processesUnder } from '../helpers/processes.js';
import { instancesContract } from './instances.contract.js';

instancesContract({
  name: 'local',
  ssh: true,
  start: async () => {
    const root = mkdtempSync('/tmp/fo-');
    const [from, to] = await freeRange(3);
    const provider = createLocalProvider({ root, portRange: [from, to], serverEntry: await buildLocalServer() });
    const instances = provider.instances as InstanceProvider;
    return {
      instances,
      leftovers: async () => {
        const ports = [];
        for (let port = from; port <= to; port += 1) if (!(await isFree(port))) ports.push(`port ${port}`);
        return [...ports, ...readdirSync(root), ...processesUnder(root)];
      },
      stop: async () => {
        for (const host of (await instances.list('contract')).items) await instances.destroy('contract', host.name);
        if (existsSync(join(root, 'contract'))) throw new Error('the fleet was not removed');
        rmSync(root, { recursive: true });
      },
    };
  },
});
