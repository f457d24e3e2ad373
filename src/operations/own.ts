import { PreconditionError } from '../core/errors.js';
import { lookAtRouterFolder, lookAtServiceFolder, type FolderLook } from '../remote/own-folder.js';
import { serviceApp, trialApp } from '../remote/release.js';
import { routerApp } from '../remote/standing.js';
import type { OperationContext } from './context.js';
import { ask } from './on-host.js';
import { refuseOthers } from './pm2-apps.js';

/**
 * Looks, before anything is changed, that what a service is to have on a host is free or is fanops' own: its folder and its names under PM2.
 * @throws PreconditionError (code NOT_OURS) that says what belongs to somebody else
 */
export async function requireOwnService(ctx: OperationContext, host: string, service: string): Promise<void> {
  await requireOwnFolder(ctx, host, lookAtServiceFolder(service));
  await refuseOthers(ctx, host, serviceApp(service), trialApp(service));
}

/** The same for the router. @throws PreconditionError (code NOT_OURS) */
export async function requireOwnRouter(ctx: OperationContext, host: string): Promise<void> {
  await requireOwnFolder(ctx, host, lookAtRouterFolder());
  await refuseOthers(ctx, host, routerApp);
}

async function requireOwnFolder(ctx: OperationContext, host: string, { argv, problem }: FolderLook): Promise<void> {
  const found = problem(await ask(ctx, host, argv, 'The folder could not be looked at'));
  if (found === undefined) return;
  throw new PreconditionError(`On ${host}, ${found}.`, {
    code: 'NOT_OURS', where: host, hint: 'fanops leaves what is not its own alone. Move it away, or give the service another name.',
    nextSteps: [`fanops host ssh ${host}`],
  });
}
