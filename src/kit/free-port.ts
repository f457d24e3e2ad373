import { PreconditionError, RemoteError } from '../core/errors.js';
import { lookAtPort, probePort } from '../remote/host-facts.js';
import type { Listen } from '../remote/release.js';
import type { OperationContext } from './context.js';
import { ask } from './on-host.js';

/** The error code with which listening at an address of a host ends; undefined when it is free. */
async function listenError(
  ctx: OperationContext,
  host: string,
  { address, port }: Listen,
  look = probePort,
): Promise<string | undefined> {
  const answer = (await ask(ctx, host, look(port, address), 'The port could not be looked at')).trim();
  return answer === 'free' ? undefined : answer;
}

/**
 * Looks right before something is started that it can listen there.
 * @param setting where the fleet file names the port, for the hint
 * @param look what is run there. Default: an attempt to listen
 * @throws RemoteError (code PORT)
 */
export async function refuseTakenPort(
  ctx: OperationContext,
  host: string,
  at: Listen,
  setting: string,
  look?: typeof probePort,
): Promise<void> {
  const error = await listenError(ctx, host, at, look);
  if (error === undefined) return;
  const why = error === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${error})`;
  throw new RemoteError(`Port ${at.port} on ${host} ${why}.`, {
    host,
    code: 'PORT',
    hint: endIt(setting),
  });
}

const endIt = (setting: string): string => `End that program, or change ${setting} in the fleet file.`;

/**
 * Looks before anything is changed that the engine of a host can publish a port there.
 * @throws PreconditionError (code PORT, exit 5)
 */
export async function requireFreePublished(
  ctx: OperationContext,
  host: string,
  at: Listen,
  setting: string,
): Promise<void> {
  if ((await listenError(ctx, host, at, lookAtPort)) === undefined) return;
  throw new PreconditionError(`Port ${at.port} on ${host} is taken by another program.`, {
    where: host,
    code: 'PORT',
    hint: endIt(setting),
  });
}

/**
 * The same for a plan.
 * @param about where the fleet file names the port, and the command that plans it again
 * @throws PreconditionError (code PORT, exit 5)
 */
export async function requireFreeListen(
  ctx: OperationContext,
  host: string,
  at: Listen,
  { service, where, retry }: { service: string; where: string; retry: string },
): Promise<void> {
  const error = await listenError(ctx, host, at);
  if (error === undefined) return;
  throw new PreconditionError(
    `${service} cannot move to port ${at.port} on ${host}: ` +
      `${error === 'EADDRINUSE' ? 'another program has it' : error}.`,
    {
      where,
      code: 'PORT',
      hint: 'End that program, or name another port.',
      nextSteps: [retry],
    },
  );
}
