import { PreconditionError } from '../../core/errors.js';
import { defineStep } from '../../core/step.js';
import { removeRouterFolder } from '../../remote/own-folder.js';
import { routerApp, routerKillMs } from '../../remote/standing.js';
import type { OperationContext } from '../../kit/context.js';
import { mutateOk } from '../../kit/on-host.js';
import { engineFolders } from '../../kit/own.js';
import { endApp, saveList } from '../../kit/pm2-apps.js';
import { readRoute } from '../../kit/route.js';
import { routesOnHost } from './routes-on-host.js';

/** Takes the router away from a host. @throws PreconditionError when a later run routes a service there */
export const removeStep = defineStep<OperationContext, { host: string }>('router.remove', {
  async apply(io) {
    const { host } = io.input;
    await endApp(
      io,
      host,
      routerApp,
      'PM2 could not end the router',
      routerKillMs((await io.ctx.fleet()).longestDrainMs()),
    );
    await saveList(io, host, routerApp);
    await mutateOk(io, host, removeRouterFolder(await engineFolders(io.ctx)), 'The router could not be removed', {
      brief: true,
    });
  },
  repeatable: true,
  async mayUndo(io) {
    const { host } = io.input;
    for (const service of await routesOnHost(io.ctx, host)) {
      const route = await readRoute(io.ctx, service);
      if (!route || route.run === io.runId) continue;
      throw new PreconditionError(
        `The router on ${host} has users since: the route of ${service} was written by run ${route.run}.`,
        {
          where: host,
          code: 'BUILT_ON',
          hint: 'Undo the later one first.',
          nextSteps: [`fanops migrate status ${service}`, 'fanops router show'],
        },
      );
    }
  },
});
