import type { OperationContext } from '../../kit/context.js';
import { serviceDir } from '../../remote/layout.js';
import { followLog, readLog } from '../../remote/service-log.js';
import type { At, LogSource, LogStream } from '../contracts/platform.js';
import { hostsOf } from '../placement.js';
import type { Pm2Placement } from './config.js';
import { currentRelease } from './observe.js';
import { rememberSecrets } from '../../kit/release-secrets.js';

/** What PM2 keeps of a service's output on each of its hosts, and what it rotated. */
export const logSource = (ctx: OperationContext, { service, config, without }: At<Pm2Placement>): LogSource => ({
  streams: async () =>
    (
      await Promise.all(
        hostsOf(config)
          .filter((host) => !without.includes(host))
          .map((host) => streamsOn(ctx, service, host)),
      )
    ).flat(),
});

async function streamsOn(ctx: OperationContext, service: string, host: string): Promise<LogStream[]> {
  const release = await currentRelease(ctx, host, service);
  if (release) await rememberSecrets(ctx, host, service, release);
  return ['out.log', 'error.log'].map((name) => {
    const path = `${serviceDir(service)}/logs/${name}`;
    return {
      host,
      isError: name === 'error.log',
      follow: (lines) => followLog(path, lines),
      read: (lines, since) => readLog(path, lines, since),
    };
  });
}
