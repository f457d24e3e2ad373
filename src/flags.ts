import { Flags } from './oclif.js';

/** Hosts that a change of a placement leaves out. */
export const without = () =>
  Flags.string({
    description: 'hosts of the placement to leave out, such as one that is down; the router sends them nobody',
    helpValue: 'HOST,...',
  });
