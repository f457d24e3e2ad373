import { visible, visibleLine } from '../core/visible.js';
import { confirm as ask, input } from '@inquirer/prompts';

/** A yes-or-no question; no is the answer of a bare Enter. */
export const confirm = (message: string, signal?: AbortSignal): Promise<boolean> =>
  ask({ message: visible(message), default: false }, { signal });

/** For what cannot be brought back: true when exactly the phrase is typed. */
export const confirmByTyping = async (phrase: string, signal?: AbortSignal): Promise<boolean> =>
  (await input({ message: `This cannot be undone. Type ${visibleLine(phrase)} to go ahead:` }, { signal })).trim() ===
  phrase;
