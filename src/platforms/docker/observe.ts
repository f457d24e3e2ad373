import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { ObservedHealth, ObservedProcess } from '../contracts/platform.js';
import { askHealth } from './container.js';
import { readContainerFile } from './container-file.js';
import { isRunning } from './engine.js';
import { healthIn } from './health.js';
import { namesOf, type ServiceAt } from './names.js';
import { listenOf, proxiesOf } from './proxies.js';

/** What runs of a service on a host, undefined when it does not run there. */
export async function observeProcess(ctx: OperationContext, at: ServiceAt): Promise<ObservedProcess | undefined> {
  const { service, host } = at;
  const record = await readServiceRecord(ctx, host, service);
  if (!record) return undefined;
  const { keys } = await readContainerFile(ctx, { ...at, release: record.release });
  const recorded = { address: record.address ?? (await bindAddress(ctx, host)), port: record.port };
  const proxies = (await proxiesOf(ctx, at)).filter(isRunning).map(listenOf);
  const main = proxies.filter(({ port }) => port === recorded.port);
  const listens = [...main, ...proxies.filter((each) => !main.includes(each))];
  return { host, recorded, listens: listens.length > 0 ? listens : [recorded], instances: 1, keys };
}

/** What the container that runs says of itself. */
export async function observeHealth(ctx: OperationContext, at: ServiceAt): Promise<ObservedHealth | undefined> {
  const record = await readServiceRecord(ctx, at.host, at.service);
  if (!record) return undefined;
  const { release, background } = record;
  const name = namesOf(await ctx.fleet(), at).container(release, background);
  return { host: at.host, ...healthIn(await askHealth(ctx, { ...at, release, name, role: 'app' }, 5000)) };
}
