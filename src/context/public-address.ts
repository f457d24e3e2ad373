import { isIP } from 'node:net';
import { PreconditionError, UserError, messageOf } from '../core/errors.js';

/** Each answers with the address it sees, as text. */
const WITNESSES = ['https://checkip.amazonaws.com', 'https://api.ipify.org'];
const PATIENCE_MS = 8000;

/**
 * The address under which this machine shows on the internet: FANOPS_PUBLIC_ADDRESS, else what one of two public
 * services sees.
 * @throws PreconditionError when none of them answers.
 */
export async function publicAddress(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> {
  const given = env.FANOPS_PUBLIC_ADDRESS;
  if (given) {
    if (isIP(given) === 0) throw new UserError(`FANOPS_PUBLIC_ADDRESS is "${given}", which is no address.`);
    return given;
  }
  const problems: string[] = [];
  for (const url of WITNESSES) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
      const text = (await answer.text()).trim();
      if (answer.ok && isIP(text) !== 0) return text;
      problems.push(`${url} answered ${answer.status}`);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      problems.push(`${url}: ${messageOf(error instanceof Error && error.cause ? error.cause : error)}`);
    }
  }
  throw new PreconditionError('The public address of this machine could not be found out.', {
    code: 'NO_PUBLIC_ADDRESS',
    hint:
      `List the addresses that may reach SSH under \`sshFrom\` in the fleet file, or set ` +
      `FANOPS_PUBLIC_ADDRESS. ${problems.join('; ')}`,
  });
}
