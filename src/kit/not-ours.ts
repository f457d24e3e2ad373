import { PreconditionError } from '../core/errors.js';

const ALONE = 'fanops leaves what is not its own alone.';

/** What to do about something of others where a service is to be, or the router. */
export const SERVICE_HINT = `${ALONE} Move it away, or give the service another name.`;
export const REDEPLOY_HINT = `${ALONE} Move it away, then deploy the service anew.`;
export const ROUTER_HINT =
  `${ALONE} Move it away, or name another host as router.host: the folder of the ` +
  'router has the same name on every host.';

/** The error for what lies where fanops keeps its own and is not its own. @param found `fanops/router/x is not ...` */
export const notOurs = (host: string, found: string, hint: string): PreconditionError =>
  new PreconditionError(`On ${host}, ${found}.`, {
    code: 'NOT_OURS',
    where: host,
    hint,
    nextSteps: [`fanops host ssh ${host}`],
  });
