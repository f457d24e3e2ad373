import { runScript } from '../../core/host-script.js';
import type { OperationContext } from '../../kit/context.js';
import type { At, LogSource, LogStream } from '../contracts/platform.js';
import { atHosts } from '../hosts/releases.js';
import type { DockerPlacement } from './config.js';
import { ownContainers } from './engine.js';
import { filterArgs, LABEL, ownLabels } from './names.js';
import { rememberOf } from './secrets.js';

/** What Docker keeps of the output of a service's containers on each of its hosts. */
export const logSource = (ctx: OperationContext, at: At<DockerPlacement>): LogSource => ({
  streams: async () => (await Promise.all(atHosts(at).map(({ host }) => streamsOn(ctx, at.service, host)))).flat(),
});

async function streamsOn(ctx: OperationContext, service: string, host: string): Promise<LogStream[]> {
  const at = { service, host };
  const own = await ownContainers(ctx, at, 'app');
  // Containers of earlier releases print as well, and theirs may be other secrets.
  const releases = new Set(own.flatMap(({ labels }) => labels[LABEL.release] ?? []));
  for (const release of releases) await rememberOf(ctx, { ...at, release });
  const filters = filterArgs({ ...ownLabels(await ctx.fleet(), at), [LABEL.role]: 'app' });
  return ['out', 'err'].map((stream) => ({
    host,
    isError: stream === 'err',
    follow: (lines) => runScript('docker-log-follow', 'fanops-follow', stream, String(lines), ...filters),
    read: (lines, since = '') => runScript('docker-log-read', 'fanops-logs', stream, String(lines), since, ...filters),
  }));
}
