import type { RunListener } from '../../core/events.js';

/** One JSON object per event, for programs that follow a run. */
export const jsonProgress = (write: (line: string) => void): RunListener => (event) => write(JSON.stringify(event));
