import ssh2 from 'ssh2';
import type { BaseAgent, ParsedKey } from 'ssh2';
import { messageOf } from '../core/errors.js';

/** An agent that does not answer within this many milliseconds is left out. */
const ANSWER_MS = 3000;

/** The keys of an agent, or the reason why it gives none. */
export interface AgentKeys {
  agent: BaseAgent<ParsedKey>;
  keys: ParsedKey[];
  reason?: string;
}

/** Asks an agent for its keys. Never raises: hosts may be reached without it. */
export function agentKeys(socket: string): Promise<AgentKeys> {
  const agent = ssh2.createAgent(socket) as BaseAgent<ParsedKey>;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ agent, keys: [], reason: 'it does not answer' }), ANSWER_MS);
    const answer = (keys: ParsedKey[], reason?: string): void => {
      clearTimeout(timer);
      resolve({ agent, keys, reason });
    };
    agent.getIdentities((error, keys) => {
      if (error) answer([], messageOf(error));
      else answer((keys ?? []) as ParsedKey[], keys?.length ? undefined : 'it holds no keys');
    });
  });
}
