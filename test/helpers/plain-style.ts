import { plainStyle } from '../../src/ui/style.js';

/** No colours, as in a file or with NO_COLOR. */
export const plain = plainStyle();
/** Time of the tests that show ages. */
export const NOW = Date.parse('2026-11-21T02:21:30.000Z');
