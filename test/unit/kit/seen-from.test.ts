import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createContext } from '../../../src/context.js';
import { addresses } from '../../../src/kit/facts.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'seen-from-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the route of a host whose address is an alias of ssh_config has the HostName behind it', async () => {
  writeFileSync(
    join(dir, 'ssh_config'),
    'Host app-alias\n  HostName 198.51.100.7\n  Port 2222\nHost 10.0.0.9\n  HostName 10.0.0.10\n',
  );
  writeFileSync(
    join(dir, 'fanops.yaml'),
    `fleet: shop
hosts:
  app-1: { address: app-alias, roles: [app] }
  app-2: { address: 10.0.0.9, roles: [app] }
  app-3: { address: app.example, roles: [app] }
  edge: { address: 203.0.113.1, roles: [router] }
router: { host: edge, listen: 80 }
services:
  m1:
    source: .
    placements:
      one: { platform: pm2, host: app-1, port: 3000 }
      two: { platform: pm2, host: app-2, port: 3000 }
      three: { platform: pm2, host: app-3, port: 3000 }
`,
  );
  const ctx = createContext({
    cwd: dir,
    env: { PATH: process.env.PATH, FANOPS_SSH_CONFIG: join(dir, 'ssh_config') },
    version: '0.1.0',
    listener: () => undefined,
    signal: new AbortController().signal,
  });
  const fleet = await ctx.fleet();
  const addressOf = await addresses(ctx).finally(() => ctx.dispose());
  expect(['one', 'two', 'three'].map((name) => fleet.targets('m1', name, addressOf)[0]?.url)).toEqual([
    'http://198.51.100.7:3000',
    'http://10.0.0.10:3000',
    'http://app.example:3000',
  ]);
});
