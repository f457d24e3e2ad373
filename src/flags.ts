import { Flags } from './oclif.js';

/** Hosts that a change of a placement leaves out. */
export const without = (
  description = 'hosts of the placement to leave out, such as one that is down; the router sends them nobody',
) => Flags.string({ description, helpValue: 'HOST,...' });
