import type { OperationContext } from '../../kit/context.js';
import type { PlacementSection } from '../contracts/module.js';
import type { Platform } from '../contracts/platform.js';
import { backgroundAt } from '../hosts/background.js';
import { releasesAt } from '../hosts/releases.js';
import type { Pm2Placement } from './config.js';
import { Pm2Releases } from './host-releases.js';

const pm2: Platform<OperationContext, Pm2Placement & PlacementSection> = {
  // In folders of hosts, of each of which PM2 runs one.
  releases: (ctx, at) => releasesAt(at, (each) => new Pm2Releases(ctx, each)),
  background: (ctx, at) =>
    backgroundAt(ctx, at, async (io, host, record) =>
      (await import('./process.js')).run(io, await (await import('./activate.js')).specOf(ctx, host, record)),
    ),
  logs: (ctx, at) => ({ streams: async () => (await import('./logs.js')).logSource(ctx, at).streams() }),
  present: async (ctx, host) => (await import('./present.js')).presentOn(ctx, host),
};

export const code = pm2 as Platform<OperationContext>;
