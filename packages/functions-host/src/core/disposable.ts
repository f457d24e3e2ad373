/** Runs its callback once, at the first `dispose()`. */
export class Disposable {
  #callback?: () => unknown;

  static from(...items: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => items.forEach((item) => item.dispose()));
  }

  constructor(callback: () => unknown) {
    this.#callback = callback;
  }

  dispose(): unknown {
    const callback = this.#callback;
    const result = callback?.();
    this.#callback = undefined;
    return result;
  }
}
