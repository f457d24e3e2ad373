import { UserError } from '../../core/errors.js';

/** Weights from `azure=90 vm=10`. @throws UserError for anything else, or when they do not add up to 100. */
export function parseWeights(pairs: string[]): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const pair of pairs) {
    const match = /^([a-z][a-z0-9-]*)=(\d{1,3})$/.exec(pair);
    if (!match) throw new UserError(`"${pair}" is no weight.`, { hint: 'Write PLACEMENT=SHARE: azure=90 vm=10.' });
    weights[match[1]!] = Number(match[2]);
  }
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  if (sum !== 100)
    throw new UserError(`The weights add up to ${sum}, not to 100.`, {
      hint: 'Name every placement that gets traffic.',
    });
  return weights;
}
