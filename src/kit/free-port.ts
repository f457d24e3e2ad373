import { PreconditionError, RemoteError } from '../core/errors.js';
import { probePort } from '../remote/host-facts.js';
import type { Listen } from '../remote/release.js';
import type { OperationContext } from './context.js';
import { ask } from './on-host.js';

/** The error code with which listening at an address of a host ends; undefined when it is free. */
async function listenError(
  ctx: OperationContext,
  host: string,
  { address, port }: Listen,
): Promise<string | undefined> {
  const answer = (await ask(ctx, host, probePort(port, address), 'The port could not be looked at')).trim();
  return answer === 'free' ? undefined : answer;
}

/**
 * Looks right before something is started that it can listen there.
 * @param setting where the fleet file names the port, for the hint
 * @throws RemoteError (code PORT)
 */
export async function refuseTakenPort(ctx: OperationContext, host: string, at: Listen, setting: string): Promise<void> {
  const error = await listenError(ctx, host, at);
  if (error === undefined) return;
  const why = error === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${error})`;
  throw new RemoteError(`Port ${at.port} on ${host} ${why}.`, {
    host,
    code: 'PORT',
    hint: `End that program, or change ${setting} in the fleet file.`,
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
