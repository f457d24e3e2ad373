import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import type { ObservedProcess } from '../contracts/platform.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { releaseArguments, startedWith } from './start-arguments.js';

/** What runs of a service on a host, undefined when it does not run there. */
export async function observeProcess(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<ObservedProcess | undefined> {
  const record = await readServiceRecord(ctx, host, service);
  if (!record) return undefined;
  const [started, own] = [
    await startedWith(ctx, host, service),
    await releaseArguments(ctx, { service, host, release: record.release }),
  ];
  const recorded = {
    address: record.address ?? started?.listen?.address ?? (await bindAddress(ctx, host)),
    port: record.port,
  };
  return {
    host,
    recorded,
    listens: started?.listen ? [started.listen, ...started.also] : [recorded, ...(record.also ?? [])],
    instances: own.instances,
    keys: own.keys,
  };
}
