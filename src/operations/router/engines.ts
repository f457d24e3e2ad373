import type { OperationContext } from '../context.js';
import { embeddedEngine } from './embedded.js';
import type { RouterEngine } from './engine.js';

const ENGINES: Readonly<Record<string, RouterEngine>> = { embedded: embeddedEngine };

/** The engine that the fleet file chooses. */
export async function engineOf(ctx: OperationContext): Promise<RouterEngine> {
  const { engine = 'embedded' } = (await ctx.fleet()).router();
  const found = ENGINES[engine];
  if (!found) throw new Error(`Unknown router engine ${engine}.`);
  return found;
}
