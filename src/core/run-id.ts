import { UserError } from './errors.js';

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/**
 * Refuses what cannot be the id of a run: it becomes a label of cloud resources and the name of a folder. @throws
 * UserError
 */
export function checkRunId(id: string): void {
  if (RUN_ID.test(id) && !id.includes('..')) return;
  throw new UserError(`"${id}" is no id of a run.`, {
    hint: 'An id looks like 20261121-014859-k3x9q.',
    nextSteps: ['fanops runs list'],
  });
}
