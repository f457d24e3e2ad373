import type { Asker } from '../core/asker.js';
import { CancelledError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { visible } from '../core/visible.js';

/**
 * Questions that come up while hosts are reached: passphrases, codes, passwords for sudo, unknown host keys. Nothing
 * typed is kept here.
 */
export function terminalAsker(signal?: AbortSignal): Asker {
  let last: Promise<unknown> = Promise.resolve();
  // Several hosts are reached at once, and there is one terminal.
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const asked = last.then(ask).catch((error: unknown) => {
      const gaveUp = error instanceof Error && /^(Exit|Abort|Cancel)PromptError$/.test(error.name);
      throw gaveUp ? new CancelledError('Cancelled at a question.', { cause: error }) : error;
    });
    last = asked.catch(() => undefined); // who asked is told; the next question does not depend on it
    return asked;
  };
  // Standard output may hold the result of a command.
  const streams = { signal, output: process.stderr };
  // Most commands never ask: the library is loaded with the first question.
  const prompts = () => import('@inquirer/prompts');
  return {
    secret: (message) =>
      inTurn(
        async () => new Secret(await (await prompts()).password({ message: visible(message), mask: true }, streams)),
      ),
    text: (message) => inTurn(async () => (await prompts()).input({ message: visible(message) }, streams)),
    confirm: (message) =>
      inTurn(async () => (await prompts()).confirm({ message: visible(message), default: false }, streams)),
  };
}
