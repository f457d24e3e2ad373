import type { OperationContext } from '../../kit/context.js';
import { rememberSecrets } from '../../kit/release-secrets.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { At, LogSource, LogStream } from '../contracts/platform.js';
import { atHosts } from '../hosts/releases.js';
import type { DockerPlacement } from './config.js';
import { FILES } from './container-file.js';
import { parseDockerEnv } from './env-file.js';
import { filterArgs, LABEL, ownLabels } from './names.js';

/** Prints one stream of a container; a line that is JSON has its own time. */
const ONE = `
logs() { if [ "$stream" = err ]; then docker logs --timestamps "$@" 2>&1 >/dev/null; else docker logs --timestamps "$@" 2>/dev/null; fi | sed -u 's/^[^ ]* {/{/'; }
`;

/** All containers of a service, the oldest first: those of earlier releases are kept until they are pruned. */
const READ = `${ONE}
stream=$1 lines=$2 since=$3; shift 3
all() { docker ps --all --quiet "$@" | sed '1!G;h;$!d' | while read -r each; do logs \${since:+--since "$since"} "$each"; done; }
if [ "$lines" = all ] || [ -n "$since" ]; then all "$@"; else all "$@" | tail -n "$lines"; fi
`;

/** The container that runs, and the one that takes its place, until nobody reads any more. */
const FOLLOW = `${ONE}
stream=$1 lines=$2; shift 2
while :; do
  now=$(docker ps --quiet "$@" | head -n 1)
  if [ -n "$now" ] && [ "$now" != "$last" ]; then
    logs --follow --tail "$lines" "$now" || exit 0
    last=$now lines=all
  fi
  sleep 1
done
`;

/** What Docker keeps of the output of a service's containers on each of its hosts. */
export const logSource = (ctx: OperationContext, at: At<DockerPlacement>): LogSource => ({
  streams: async () => (await Promise.all(atHosts(at).map(({ host }) => streamsOn(ctx, at.service, host)))).flat(),
});

async function streamsOn(ctx: OperationContext, service: string, host: string): Promise<LogStream[]> {
  const record = await readServiceRecord(ctx, host, service);
  if (record) await rememberSecrets(ctx, host, service, record.release, { file: FILES.on, parse: parseDockerEnv });
  const filters = filterArgs({ ...ownLabels(await ctx.fleet(), { service, host }), [LABEL.role]: 'app' });
  return ['out', 'err'].map((stream) => ({
    host,
    isError: stream === 'err',
    follow: (lines) => ['sh', '-c', FOLLOW, 'fanops-follow', stream, String(lines), ...filters],
    read: (lines, since = '') => ['sh', '-c', READ, 'fanops-logs', stream, String(lines), since, ...filters],
  }));
}
