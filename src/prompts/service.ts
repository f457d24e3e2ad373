import type { OperationContext } from '../kit/context.js';
import { fillMissing } from './missing.js';

/**
 * The service to act on: the argument, or in a terminal a choice. @throws UserError when it is missing and nobody can
 * be asked.
 */
export async function askService(
  ctx: OperationContext,
  service: string | undefined,
  interactive: boolean,
): Promise<string> {
  const [value = ''] = await fillMissing(
    [
      {
        name: 'SERVICE',
        value: service,
        ask: async () => (await import('./choose.js')).choose('Which service?', (await ctx.fleet()).serviceNames()),
      },
    ],
    interactive,
  );
  return value;
}

/** The host to act on, in the same way. */
export async function askHost(ctx: OperationContext, host: string | undefined, interactive: boolean): Promise<string> {
  const [value = ''] = await fillMissing(
    [
      {
        name: 'HOST',
        value: host,
        ask: async () => (await import('./choose.js')).choose('Which host?', (await ctx.fleet()).hostNames()),
      },
    ],
    interactive,
  );
  return value;
}
