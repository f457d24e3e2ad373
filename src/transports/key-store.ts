import type { ParsedKey } from 'ssh2';
import { readFile } from 'node:fs/promises';
import type { Asker } from '../core/asker.js';
import { PreconditionError, UserError, messageOf } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import { decrypt } from './key-file.js';

/** How often a passphrase is asked for before a key is given up; the number of `ssh`. */
const TRIES = 3;

export interface KeyStoreOptions {
  asker?: Asker;
  /** File whose content is the passphrase of encrypted keys, for runs without a terminal. */
  passphraseFile?: string;
}

/** Unlocks encrypted keys: each asks once, however many hosts need it. Keeps the keys, not the passphrases. */
export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #unlocked = new Map<string, Promise<ParsedKey>>();

  constructor(options: KeyStoreOptions = {}) {
    this.#options = options;
  }

  /** Whether there is any way to come by a passphrase. */
  get canUnlock(): boolean {
    return this.#options.asker !== undefined || this.#options.passphraseFile !== undefined;
  }

  /** @throws PreconditionError (code PASSPHRASE) when no passphrase fits, CancelledError when the person gives up. */
  unlock(path: string, content: Buffer): Promise<ParsedKey> {
    const known = this.#unlocked.get(path);
    if (known) return known;
    const unlocking = this.#unlock(path, content);
    // A failure is kept as well: asking again for each host would be a nuisance.
    this.#unlocked.set(path, unlocking);
    return unlocking;
  }

  async #unlock(path: string, content: Buffer): Promise<ParsedKey> {
    const { asker, passphraseFile } = this.#options;
    if (passphraseFile !== undefined) {
      const key = decrypt(content, (await passphraseIn(passphraseFile)).reveal());
      if (key) return key;
      if (!asker) throw wrong(path, `the passphrase in ${passphraseFile} does not fit`);
    }
    if (!asker) throw wrong(path, 'nobody can be asked for its passphrase');
    for (let tries = 0; tries < TRIES; tries += 1) {
      const again = tries === 0 ? '' : 'That does not fit. ';
      const key = decrypt(content, (await asker.secret(`${again}Passphrase of the key ${path}`)).reveal());
      if (key) return key;
    }
    throw wrong(path, `${TRIES} wrong passphrases`);
  }
}

async function passphraseIn(file: string): Promise<Secret> {
  try {
    return new Secret((await readFile(file, 'utf8')).replace(/\r?\n$/, ''));
  } catch (error) {
    throw new UserError(`The file of the passphrase cannot be read: ${messageOf(error)}`, {
      code: 'PASSPHRASE',
      where: file,
      hint: 'FANOPS_SSH_PASSPHRASE_FILE names it.',
      cause: error,
    });
  }
}

const wrong = (path: string, reason: string): PreconditionError =>
  new PreconditionError(`The key ${path} stays locked: ${reason}.`, {
    code: 'PASSPHRASE',
    where: path,
    hint: UNLOCKING,
  });

/** The ways to use an encrypted key. */
export const UNLOCKING =
  'Add it to an SSH agent (ssh-add), put its passphrase into a file named by ' +
  'FANOPS_SSH_PASSPHRASE_FILE, or run in a terminal.';
