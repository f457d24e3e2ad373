import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteError, messageOf } from '../core/errors.js';
import type { OpenLink } from './ssh-open-link.js';
import type { SshLink } from './ssh-link.js';
import { Slots } from './slots.js';
import type { ForeignText } from './transport.js';

/**
 * sshd allows ten sessions on a connection (MaxSessions); two stay free for one that ends another and for one that is
 * closing.
 */
const CHANNELS = 8;

/** How often a server that opens no channel at all is asked again. */
const TRIES = 8;

/** Codes of a refused channel (RFC 4254, 5.1): sshd answers 2 when MaxSessions is reached, others 4. */
const REFUSALS = [2, 4];

/** The server opens no further channel now. */
export class Refused extends Error {
  constructor(readonly reason: Error) {
    super(reason.message);
  }
}

/** Whether a server turned a channel away for want of room. */
export const isRefusal = (error: Error): boolean => REFUSALS.includes((error as { reason?: number }).reason ?? 0);

/** The right to open one channel. */
export interface ChannelSlot {
  /** To be called when the server has opened it. */
  opened(): void;
  /** To be called when it is closed, or could not be opened; further calls do nothing. */
  release: () => void;
}

/**
 * The channels of one host: as many at once as its server allows, which is learned from its refusals; the others wait
 * in order.
 */
export class SshSession {
  readonly #slots = new Slots(CHANNELS);
  #open = 0;
  #foreign?: ForeignText;

  constructor(
    readonly host: string,
    readonly link: SshLink,
  ) {}

  /** What a login shell printed around a command; undefined as long as none printed anything. */
  get foreign(): ForeignText | undefined {
    return this.#foreign;
  }

  /** Keeps what a login shell printed around a command. */
  noteForeign(text: ForeignText): void {
    if ([text.stdout, text.stderr].some(({ before, after }) => before !== '' || after !== '')) this.#foreign = text;
  }

  /**
   * Does something with a channel when there is room for one. What rejects with Refused is done again later.
   * @param check called before each try, to give up by raising
   * @throws RemoteError (code CHANNEL) when the server opens none although none is open.
   */
  async withChannel<T>(
    use: (link: OpenLink, slot: ChannelSlot) => Promise<T>,
    check: () => void = () => undefined,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const slot = this.#slot(await this.#slots.take());
      try {
        check();
        const link = await this.link.open();
        check();
        return await use(link, slot);
      } catch (error) {
        const refused = error instanceof Refused;
        // What is under way besides this one, one of them perhaps just closing, is what the server allows.
        if (refused) this.#slots.shrink(this.#slots.taken - 1);
        slot.releaseUnopened();
        if (!refused) throw error;
        if (this.#open === 0 && tries >= TRIES) throw this.#failure(error.reason);
      }
      await sleep(25 * 2 ** Math.min(tries, 5) * (0.5 + Math.random()));
    }
  }

  #slot(release: () => void): ChannelSlot & { releaseUnopened(): void } {
    let open = false;
    const free = (): void => {
      if (open) this.#open -= 1;
      open = false;
      release();
    };
    return {
      opened: () => {
        open = true;
        this.#open += 1;
      },
      release: free,
      // A channel that is open gives its slot back by itself, when it is closed.
      releaseUnopened: () => {
        if (!open) free();
      },
    };
  }

  #failure(reason: Error): RemoteError {
    return new RemoteError(`${this.host} opens no session on its connection: ${messageOf(reason)}`, {
      host: this.host,
      code: 'CHANNEL',
      cause: reason,
      hint: 'Look at MaxSessions in its sshd_config; 0 allows none.',
    });
  }
}
