import type { Secret } from './secret.js';

/**
 * Asks the person at the terminal, one question at a time. There is none where nobody can answer. Raises CancelledError
 * when the person gives up.
 */
export interface Asker {
  /** A password, passphrase or code; what is typed is not shown. */
  secret(question: string): Promise<Secret>;
  /** A line of text that may be shown. */
  text(question: string): Promise<string>;
  /** Yes or no; a bare Enter is no. */
  confirm(question: string): Promise<boolean>;
}
