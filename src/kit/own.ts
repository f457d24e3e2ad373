import { PreconditionError } from '../core/errors.js';
import { lookAtRouterFolder, lookAtServiceFolder, type FolderLook } from '../remote/own-folder.js';
import { routerApp } from '../remote/standing.js';
import type { OperationContext } from './context.js';
import { notOurs, ROUTER_HINT, SERVICE_HINT } from './not-ours.js';
import { ask } from './on-host.js';
import { refuseOthers } from './pm2-apps.js';
import { readServiceRecord } from './service-record.js';

/**
 * Looks, before anything is changed, that the folder of a service on a host is free or is fanops' own, and that what
 * runs there by its record is run by the platform that the fleet file names.
 * @param isOf whether a record is of that platform: those of earlier versions name none
 * @throws PreconditionError (code NOT_OURS) that says what belongs to somebody else, (code DRIFT) for another platform
 */
export async function requireOwnServiceFolder(
  ctx: OperationContext,
  host: string,
  service: string,
  isOf: (platform: string | undefined) => boolean,
): Promise<void> {
  await requireOwnFolder(ctx, host, lookAtServiceFolder(service), SERVICE_HINT);
  const record = await readServiceRecord(ctx, host, service);
  if (!record || isOf(record.platform)) return;
  throw new PreconditionError(
    `${service} runs on ${host} already, on ${record.platform ? `platform ${record.platform}` : 'another platform'}.`,
    {
      code: 'DRIFT',
      where: host,
      hint:
        'A host runs a service once. Put the earlier platform of the placement back in the fleet file, and add a ' +
        'placement on another host to migrate to.',
      nextSteps: [`fanops migrate status ${service}`],
    },
  );
}

/**
 * Looks whether what the router is to have on a host is free or is fanops' own. @throws PreconditionError (code
 * NOT_OURS)
 */
export async function requireOwnRouter(ctx: OperationContext, host: string): Promise<void> {
  await requireOwnFolder(ctx, host, lookAtRouterFolder(await engineFolders(ctx)), ROUTER_HINT);
  await refuseOthers(ctx, host, routerApp);
}

/** Folders of engines in that of the router, of all engines: another one may have run there before. */
export const engineFolders = async (ctx: OperationContext): Promise<string[]> =>
  (await ctx.engines.all()).flatMap(({ folder }) => (folder === undefined ? [] : [folder]));

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
