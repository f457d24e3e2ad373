import type { OperationContext } from '../../kit/context.js';
import { requireOwnServiceFolder } from '../../kit/own.js';
import { refuseOthers } from '../../kit/pm2-apps.js';
import { serviceApp, trialApp } from '../../remote/release.js';

/**
 * Looks, before anything is changed, that what a service is to have on a host is free or is fanops' own: its folder and
 * its names under PM2.
 * @throws PreconditionError (code NOT_OURS) that says what belongs to somebody else
 */
export async function requireOwnService(ctx: OperationContext, host: string, service: string): Promise<void> {
  await requireOwnServiceFolder(ctx, host, service, (platform = 'pm2') => platform === 'pm2');
  await refuseOthers(ctx, host, serviceApp(service), trialApp(service));
}
