import { confirm as ask } from '@inquirer/prompts';

/** A yes-or-no question; no is the answer of a bare Enter. */
export const confirm = (message: string, signal?: AbortSignal): Promise<boolean> => ask({ message, default: false }, { signal });
