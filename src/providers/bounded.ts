import { formatDuration } from '../core/duration.js';
import { within } from '../core/within.js';
import { CLOUD_TIMEOUT } from './contracts/deadlines.js';
import { ProviderError } from './contracts/errors.js';
import type { Capabilities, Provider } from './contracts/provider.js';

/** Calls that change nothing: they end at once when the user stops, and never take longer than the deadline. */
const LOOKS: { readonly [K in keyof Capabilities]: readonly (keyof Capabilities[K] & string)[] } = {
  instances: ['list', 'find'],
  networks: ['list', 'find'],
  addresses: ['list'],
  images: ['resolve'],
  pricing: ['size', 'sizes', 'regions'],
  shared: ['idle'],
};

export interface LookBounds {
  signal?: AbortSignal;
  /** Milliseconds that a look may take at this moment. */
  lookMs: () => number;
}

/**
 * The provider with a deadline for each look, whatever the cloud answers or does not. Changes obey the signal by
 * themselves, as they have to be journalled.
 */
export function bounded(provider: Provider, { signal, lookMs }: LookBounds): Provider {
  const look = <T>(what: string, call: () => Promise<T>): Promise<T> => {
    const ms = lookMs();
    return within(call, { ms, signal, late: () => late(provider.name, what, ms) });
  };
  const parts = (Object.keys(LOOKS) as (keyof Capabilities)[]).flatMap((name) => {
    const part = provider[name] as object | undefined;
    return part
      ? [[name, lookingThrough(part, LOOKS[name], (method, call) => look(`${name}.${method}`, call))] as const]
      : [];
  });
  const { scope } = provider;
  return { ...provider, ...Object.fromEntries(parts), ...(scope ? { scope: () => look('scope', () => scope()) } : {}) };
}

function lookingThrough(
  part: object,
  methods: readonly string[],
  look: (method: string, call: () => Promise<unknown>) => Promise<unknown>,
): object {
  return new Proxy(part, {
    get(target, key) {
      // Private fields are reached through the object itself only.
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const call = (...args: unknown[]): unknown => (value as (...all: unknown[]) => unknown).apply(target, args);
      return typeof key === 'string' && methods.includes(key)
        ? (...args: unknown[]) => look(key, async () => call(...args))
        : call;
    },
  });
}

const late = (provider: string, what: string, ms: number): ProviderError =>
  new ProviderError(`${provider} gave no whole answer within ${formatDuration(ms)} (${what}).`, {
    provider,
    code: 'PROVIDER_DOWN',
    original: 'DEADLINE',
    hint: `Try again; ${CLOUD_TIMEOUT}=5m gives it more time.`,
  });
