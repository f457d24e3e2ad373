import type { Capabilities } from './contracts/provider.js';

/** The one table of providers: what each can do, known without loading it, and how to load it. */
export const providers = {
  local: {
    capabilities: ['instances'] as const satisfies readonly (keyof Capabilities)[],
    /** Resolves with the factory of the provider. */
    load: async () => (await import('./local/index.js')).createLocalProvider,
  },
};

export type ProviderName = keyof typeof providers;
