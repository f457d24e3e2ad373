import { lookAtRouterFolder, lookAtServiceFolder, type FolderLook } from '../remote/own-folder.js';
import { serviceApp, trialApp } from '../remote/release.js';
import { routerApp } from '../remote/standing.js';
import type { OperationContext } from './context.js';
import { notOurs, ROUTER_HINT, SERVICE_HINT } from './not-ours.js';
import { ask } from './on-host.js';
import { refuseOthers } from './pm2-apps.js';

/**
 * Looks, before anything is changed, that what a service is to have on a host is free or is fanops' own: its folder and
 * its names under PM2.
 * @throws PreconditionError (code NOT_OURS) that says what belongs to somebody else
 */
export async function requireOwnService(ctx: OperationContext, host: string, service: string): Promise<void> {
  await requireOwnFolder(ctx, host, lookAtServiceFolder(service), SERVICE_HINT);
  await refuseOthers(ctx, host, serviceApp(service), trialApp(service));
}

/** The same for the router. @throws PreconditionError (code NOT_OURS) */
export async function requireOwnRouter(ctx: OperationContext, host: string): Promise<void> {
  await requireOwnFolder(ctx, host, lookAtRouterFolder(), ROUTER_HINT);
  await refuseOthers(ctx, host, routerApp);
}

async function requireOwnFolder(
  ctx: OperationContext,
  host: string,
  { argv, problem }: FolderLook,
  hint: string,
): Promise<void> {
  const found = problem(await ask(ctx, host, argv, 'The folder could not be looked at'));
  if (found === undefined) return;
  throw notOurs(host, found, hint);
}
