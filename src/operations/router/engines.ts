import type { Handlers } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import type { EngineName, RouterEngine } from './engine.js';
import { programEngine } from './program-engine.js';

const ENGINES: Readonly<Record<EngineName, RouterEngine>> = {
  embedded: programEngine('embedded'),
  nginx: programEngine('nginx'),
  haproxy: programEngine('haproxy'),
};

/** Handlers of the steps of every engine: a stored plan goes on also when the file names another one meanwhile. */
export const engineHandlers: Handlers<OperationContext> = Object.assign(
  {},
  ...Object.values(ENGINES).map((engine) => engine.handlers),
) as Handlers<OperationContext>;

/** The engine that the fleet file chooses. */
export async function engineOf(ctx: OperationContext): Promise<RouterEngine> {
  const { engine = 'embedded' } = (await ctx.fleet()).router();
  return ENGINES[engine];
}
