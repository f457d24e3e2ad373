import type { KeyboardInteractiveAuthMethod } from 'ssh2';
import type { Asker } from '../core/asker.js';

/**
 * Puts the questions of a server (codes, passwords) to the person. When the person gives up it tells `failed` and gives
 * no answers, so that the server refuses.
 */
export function answerPrompts(
  asker: Asker,
  waiting: <T>(answer: Promise<T>) => Promise<T>,
  failed: (error: unknown) => void,
): KeyboardInteractiveAuthMethod['prompt'] {
  return (name, instructions, _language, prompts, finish) => {
    const answer = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const [at, { prompt, echo }] of prompts.entries()) {
        const about = at === 0 ? [name, instructions].filter(Boolean).join('\n') : '';
        const question = printable(`${about}${about && '\n'}${prompt}`);
        answers.push(echo ? await asker.text(question) : (await asker.secret(question)).reveal());
      }
      return answers;
    };
    waiting(answer()).then(
      (answers) => finish(answers),
      (error: unknown) => {
        failed(error);
        finish([]);
      },
    );
  };
}

/** A server's text without control characters: it must not draw on the terminal. */
const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, '').trim();
