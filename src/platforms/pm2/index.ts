import type { OperationContext } from '../../kit/context.js';
import type { PlacementSection } from '../contracts/module.js';
import type { Platform } from '../contracts/platform.js';
import { atHosts, releasesOn } from '../hosts/releases.js';
import type { Pm2Placement } from './config.js';
import { Pm2Releases } from './host-releases.js';

const pm2: Platform<OperationContext, Pm2Placement & PlacementSection> = {
  // In folders of hosts, of each of which PM2 runs one.
  releases: (ctx, at) => releasesOn(atHosts(at).map((each) => new Pm2Releases(ctx, each))),
  background: (ctx, at) => ({
    isOn: async () => (await import('./background.js')).backgroundSwitch(ctx, at).isOn(),
    set: async (io, on) => (await import('./background.js')).backgroundSwitch(ctx, at).set(io, on),
  }),
  logs: (ctx, at) => ({ streams: async () => (await import('./logs.js')).logSource(ctx, at).streams() }),
};

export const code = pm2 as Platform<OperationContext>;
