import { jsonText } from '../terminal-text.js';
import type { RunListener } from '../../core/events.js';

/** One JSON object per event, for programs that follow a run. */
export const jsonProgress =
  (write: (line: string) => void): RunListener =>
  (event) =>
    write(jsonText(event));
