import { createHash } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import { UserError } from '../../core/errors.js';
import { expandHome } from '../home.js';

/** What the tokens of a value stand for. */
export interface TokenFacts {
  /** As the host was named. */
  original: string;
  address: string;
  port: number;
  user: string;
  hostKeyAlias?: string;
  jump?: string;
  env: NodeJS.ProcessEnv;
}

/**
 * A path of ssh_config with `~`, `${NAME}` and the tokens of ssh_config(5), "TOKENS", replaced.
 * @throws UserError (code SSH_CONFIG) for a token that fanops does not know and a variable that is not set.
 */
export function expandPath(value: string, facts: TokenFacts): string {
  const fail = (what: string): never => {
    throw new UserError(`ssh_config of ${facts.original}: ${what} in "${value}".`, {
      code: 'SSH_CONFIG',
      where: facts.original,
      hint: 'Write the path in full.',
    });
  };
  const withVariables = value.replaceAll(
    /\$\{([^}]*)\}/g,
    (_all, name: string) => facts.env[name] ?? fail(`the variable ${name} is not set`),
  );
  const tokens = tokensOf(facts);
  return expandHome(
    withVariables.replaceAll(/%(.?)/g, (_all, letter: string) => tokens[letter]?.() ?? fail(`%${letter} is not known`)),
  );
}

function tokensOf(facts: TokenFacts): Record<string, () => string> {
  const { address, port, user, original, jump = '' } = facts;
  const here = (): string => hostname();
  return {
    '%': () => '%',
    C: () => createHash('sha1').update(`${here()}${address}${port}${user}${jump}`).digest('hex'),
    d: () => homedir(),
    h: () => address,
    i: () => String(userInfo().uid),
    j: () => jump,
    k: () => facts.hostKeyAlias ?? address,
    L: () => here().split('.')[0] ?? '',
    l: here,
    n: () => original,
    p: () => String(port),
    r: () => user,
    u: () => userInfo().username,
  };
}
