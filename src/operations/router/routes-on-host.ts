import { listDir } from '../../remote/files.js';
import { routerDir } from '../../remote/layout.js';
import type { OperationContext } from '../../kit/context.js';
import { ask } from '../../kit/on-host.js';

/** Services that have a route on the router host, whether the fleet file names them or not. */
export async function routesOnHost(ctx: OperationContext, host: string): Promise<string[]> {
  const names = await ask(ctx, host, listDir(`${routerDir}/routes`), 'The routes could not be listed');
  return names
    .split('\n')
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}
