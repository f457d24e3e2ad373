import type { Agent } from 'node:http';

/** The agent of clients whose requests go through a proxy where the environment names one; it serves http and https. */
export type HttpAgent = Agent;

/** The code of an error about a proxy that let a connection through to nobody: another try would end alike. */
export const PROXY_REFUSED = 'ERR_PROXY_REFUSED';

/** What an error says of a proxy, in a text that a library made of several; undefined when it says nothing of one. */
export const proxyTrouble = (text: string): string | undefined =>
  /the (?:request through the )?proxy https?:\/\/[^\n]*/.exec(text)?.[0];
