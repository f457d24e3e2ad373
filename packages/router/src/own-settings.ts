import type { Wish } from './desired.js';
import type { RouterSettings, RouterState } from './state.js';

const keyOf = ({ engine = 'embedded', listen, httpPort }: RouterSettings): string =>
  JSON.stringify([engine, listen.address, listen.port, httpPort]);

/**
 * The settings of an engine that runs on a holder's sockets. Another engine or port is for another engine, which the
 * holder starts; until that
 * one serves, this one goes on with its own settings and follows the routes.
 */
export class OwnSettings {
  #own: RouterSettings | undefined;

  /** @returns what to bring about; `idle` when all that changed is for another engine */
  of(wish: Wish, inForce: RouterState | undefined): { state: RouterState; idle: boolean } {
    const { routes, ...settings } = wish.state;
    this.#own ??= settings;
    const isOwn = keyOf(settings) === keyOf(this.#own);
    if (isOwn) this.#own = settings;
    const marks = (state: RouterState): string =>
      JSON.stringify(state.routes.map(({ service, version }) => [service, version]));
    return {
      state: { ...this.#own, routes },
      idle: !isOwn && inForce !== undefined && marks(wish.state) === marks(inForce),
    };
  }
}
