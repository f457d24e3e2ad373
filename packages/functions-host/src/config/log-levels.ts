import { StartError } from '../core/errors.js';
import type { Section } from './section.js';

const names = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

/**
 * `logging.logLevel` of host.json: category -> level, also as a number from 0 (specification 2.1). Throws StartError.
 */
export function logLevels(levels: Section): Record<string, string> {
  return Object.fromEntries(
    Object.entries(levels)
      .filter(([, value]) => value !== null && value !== '')
      .map(([category, value]) => {
        const text = String(value).toLowerCase();
        const level = names.includes(text) ? text : names[/^\d+$/.test(text) ? Number(text) : -1];
        if (level) return [category, level];
        throw new StartError(
          `host.json: logging.logLevel["${category}"] must be one of ${names.join(', ')}; it is ` +
            `${JSON.stringify(value)}.`,
        );
      }),
  );
}
