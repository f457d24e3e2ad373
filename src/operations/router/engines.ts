import type { Handlers } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import type { RouterEngine } from './engine.js';
import { programEngine } from './program-engine.js';

const ENGINES: Readonly<Record<string, RouterEngine>> = { embedded: programEngine('embedded'), nginx: programEngine('nginx') };

/** Handlers of the steps of every engine: a stored plan goes on also when the file names another one meanwhile. */
export const engineHandlers: Handlers<OperationContext> = Object.assign({}, ...Object.values(ENGINES).map((engine) => engine.handlers)) as Handlers<OperationContext>;

/** The engine that the fleet file chooses. */
export async function engineOf(ctx: OperationContext): Promise<RouterEngine> {
  const { engine = 'embedded' } = (await ctx.fleet()).router();
  const found = ENGINES[engine];
  if (!found) throw new Error(`Unknown router engine ${engine}.`);
  return found;
}
