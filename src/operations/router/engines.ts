import type { OperationContext } from '../../kit/context.js';
import type { EngineName, RouterEngine } from './engine.js';
import { programEngine } from './program-engine.js';

const ENGINES: Readonly<Record<EngineName, RouterEngine>> = {
  embedded: programEngine('embedded'),
  nginx: programEngine('nginx'),
  haproxy: programEngine('haproxy'),
};

/** The engine that the fleet file chooses. */
export async function engineOf(ctx: OperationContext): Promise<RouterEngine> {
  const { engine = 'embedded' } = (await ctx.fleet()).router();
  return ENGINES[engine];
}
