import type { Problem } from './problems.js';
import { nearest } from './nearest.js';
import { ownValue } from './own-value.js';
import type { FleetFile } from './schema.js';

/** A way goes over at most this many hosts. */
const MOST = 2;

/**
 * The hosts that a host is reached through, the nearest first: its `jump`, before it the way to the first of them. Cut
 * after a few when it goes in a circle.
 */
export function jumpChain(file: FleetFile, name: string): string[] {
  const jump = ownValue(file.hosts, name)?.jump ?? [];
  const chain = [...jump];
  for (let first = chain[0]; first !== undefined && chain.length <= MOST;) {
    const before = ownValue(file.hosts, first)?.jump ?? [];
    chain.unshift(...before);
    first = before[0];
  }
  return chain;
}

/** Jump hosts that do not exist, that are the host itself, or that are too many. */
export function jumpProblems(file: FleetFile): Problem[] {
  const names = Object.keys(file.hosts);
  const problems: Problem[] = [];
  for (const [name, host] of Object.entries(file.hosts)) {
    const chain = jumpChain(file, name);
    for (const [at, jump] of (host.jump ?? []).entries()) {
      const path = ['hosts', name, 'jump', at];
      const near = nearest(jump, names);
      if (!ownValue(file.hosts, jump))
        problems.push({
          path,
          message: `there is no host "${jump}"`,
          hint: near ? `Did you mean "${near}"?` : `There is: ${names.join(', ')}.`,
        });
    }
    if (chain.includes(name))
      problems.push({ path: ['hosts', name, 'jump'], message: `${name} is reached through itself` });
    else if (chain.length > MOST)
      problems.push({
        path: ['hosts', name, 'jump'],
        message: `goes over more than ${MOST} hosts: ${chain.join(', ')}`,
      });
  }
  return problems;
}
