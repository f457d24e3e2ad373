/**
 * Words that stand, or will stand, where a command takes the name of a service or of a function: `fanops migrate
 * status` is about all, `fanops migrate m1` about one. Nothing of a fleet can have such a name.
 */
export const RESERVED_NAMES: readonly string[] = [
  'all',
  'continue',
  'explain',
  'finish',
  'help',
  'import',
  'list',
  'logs',
  'restart',
  'rollback',
  'run',
  'scale',
  'show',
  'start',
  'status',
  'stop',
  'sync',
  'verify',
];
