import type { Agent } from 'node:http';

/** The agent of clients whose requests go through a proxy where the environment names one; it serves http and https. */
export type HttpAgent = Agent;

/** The code of an error about a proxy that let a connection through to nobody: another try would end alike. */
export const PROXY_REFUSED = 'ERR_PROXY_REFUSED';
