import type { Asker } from '../core/asker.js';
import { KeyStore, type KeyStoreOptions } from './key-store.js';
import { addressOf } from './ssh-errors.js';
import type { LinkSource } from './ssh-open-link.js';
import type { SharedLink } from './ssh-path.js';
import { Slots } from './slots.js';
import type { JumpHost } from './transport.js';

/** sshd turns logins away at random from ten under way on (MaxStartups 10:30:100). */
const LOGINS = 8;

/** What the hosts of one process share: unlocked keys, connections to jump hosts, limits on logins under way. */
export class SshPool {
  readonly keys: KeyStore;
  readonly asker?: Asker;
  readonly #gates = new Map<string, Slots>();
  readonly #jumps = new Map<string, { link: LinkSource; users: number }>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: KeyStoreOptions = {}) {
    this.asker = options.asker;
    this.keys = new KeyStore(options);
  }

  /** The limit of logins under way at one server, or behind one jump host. */
  gate(name: string): Slots {
    const gate = this.#gates.get(name) ?? new Slots(LOGINS);
    this.#gates.set(name, gate);
    return gate;
  }

  /** The connection to the last of some jump hosts, through those before it. `make` opens nothing yet. */
  jump(chain: readonly JumpHost[], make: () => LinkSource): SharedLink {
    const last = chain[chain.length - 1] as JumpHost;
    const key = JSON.stringify(chain);
    const known = this.#jumps.get(key) ?? { link: make(), users: 0 };
    this.#jumps.set(key, known);
    return {
      name: last.name,
      where: addressOf(last),
      link: known.link,
      take: () => {
        known.users += 1;
        let taken = true;
        return () => {
          if (taken) known.users -= 1;
          taken = false;
          if (known.users > 0 || this.#jumps.get(key) !== known) return;
          this.#jumps.delete(key);
          const closing = known.link.close().finally(() => this.#closing.delete(closing));
          this.#closing.add(closing);
        };
      },
    };
  }

  /**
   * Waits until the jump hosts that nobody needs any more are closed; they close by themselves after the hosts behind
   * them.
   */
  async settled(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }
}
