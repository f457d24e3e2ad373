/** A constructor that gives back what it was given, so that a derived class puts its private field on that object. */
const Given = function (this: unknown, target: object) {
  return target;
} as unknown as new (target: object) => object;

/**
 * A WeakMap for objects, kept as a private field on each of them. The library was compiled for engines without private
 * fields, each
 * of its own
 * is a WeakMap; values of those outlive their objects until the next full collection, which costs as much as the whole
 * call and holds four
 * times the memory. No code can see such a field: not Reflect, not a Proxy, not inspect, not structuredClone.
 */
export class PrivateFields<K extends object, V> {
  readonly [Symbol.toStringTag] = 'WeakMap';
  readonly #field = privateField<V>();

  constructor(entries?: Iterable<readonly [K, V]> | null) {
    for (const [key, value] of entries ?? []) this.set(key, value);
  }

  has(key: K): boolean {
    return isObject(key) && this.#field.has(key);
  }

  get(key: K): V | undefined {
    return this.has(key) ? this.#field.get(key) : undefined;
  }

  set(key: K, value: V): this {
    if (!isObject(key)) throw new TypeError('Invalid value used as weak map key');
    this.#field.set(key, value);
    return this;
  }

  delete(key: K): boolean {
    return this.has(key) && this.#field.remove(key);
  }
}

const isObject = (key: unknown): key is object =>
  (typeof key === 'object' && key !== null) || typeof key === 'function';

interface Field<V> {
  has(target: object): boolean;
  get(target: object): V | undefined;
  set(target: object, value: V): void;
  remove(target: object): boolean;
}

/** A private field cannot be taken off again, so that an absent one may also be one that holds `gone`. */
function privateField<V>(): Field<V> {
  const gone = Symbol('gone');
  return class Holder extends Given {
    #value: V | typeof gone;

    constructor(target: object, value: V) {
      super(target);
      this.#value = value;
    }

    static has(target: object): boolean {
      return #value in target && target.#value !== gone;
    }

    static get(target: object): V | undefined {
      return (target as Holder).#value as V;
    }

    static set(target: object, value: V): void {
      if (#value in target) target.#value = value;
      else new Holder(target, value);
    }

    static remove(target: object): boolean {
      (target as Holder).#value = gone;
      return true;
    }
  };
}
