import type { OperationContext } from '../../kit/context.js';
import type { PlacementSection } from '../contracts/module.js';
import type { Platform } from '../contracts/platform.js';
import { backgroundAt } from '../hosts/background.js';
import { releasesAt } from '../hosts/releases.js';
import type { DockerPlacement } from './config.js';
import { DockerReleases } from './host-releases.js';

const docker: Platform<OperationContext, DockerPlacement & PlacementSection> = {
  // On each host a container for each release, of which the proxy sends requests to one.
  releases: (ctx, at) => releasesAt(at, (each) => new DockerReleases(ctx, each)),
  background: (ctx, at) =>
    backgroundAt(ctx, at, async (io, host, record) =>
      (await import('./run.js')).run(io, (await import('./spec.js')).specOf(host, record)),
    ),
  logs: (ctx, at) => ({ streams: async () => (await import('./logs.js')).logSource(ctx, at).streams() }),
  present: async (ctx, host) => (await import('./present.js')).presentOn(ctx, host),
};

export const code = docker as Platform<OperationContext>;
