import type { OperationContext } from '../../kit/context.js';
import type { PlacementSection } from '../contracts/module.js';
import type { Platform } from '../contracts/platform.js';
import { atHosts, releasesOn } from '../hosts/releases.js';
import type { DockerPlacement } from './config.js';
import { DockerReleases } from './host-releases.js';

const docker: Platform<OperationContext, DockerPlacement & PlacementSection> = {
  // On each host a container for each release, of which the proxy sends requests to one.
  releases: (ctx, at) => releasesOn(atHosts(at).map((each) => new DockerReleases(ctx, each))),
  background: (ctx, at) => ({
    isOn: async () => (await import('./background.js')).backgroundSwitch(ctx, at).isOn(),
    set: async (io, on) => (await import('./background.js')).backgroundSwitch(ctx, at).set(io, on),
  }),
  logs: (ctx, at) => ({ streams: async () => (await import('./logs.js')).logSource(ctx, at).streams() }),
};

export const code = docker as Platform<OperationContext>;
