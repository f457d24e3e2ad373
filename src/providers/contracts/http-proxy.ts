import type { Agent } from 'node:http';

/** The agent of clients whose requests go through a proxy where the environment names one; it serves http and https. */
export interface HttpAgent extends Agent {
  /** Why the proxy that the environment names cannot be used. */
  problem?: Error;
}

/** An agent that a client may use. @throws UserError when the environment names no HTTP proxy */
export function usableAgent(agent: HttpAgent | undefined): HttpAgent | undefined {
  if (agent?.problem) throw agent.problem;
  return agent;
}

/** The code of an error about a proxy that let a connection through to nobody: another try would end alike. */
export const PROXY_REFUSED = 'ERR_PROXY_REFUSED';
