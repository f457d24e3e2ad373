import type { ProviderIo } from '../../providers/contracts/provider-io.js';
import type { StepIo } from '../../core/step.js';

/**
 * What a step hands to a provider: its signal, its voice, and a place for a long-running operation that a later try
 * goes on with.
 */
export function providerIo(io: Pick<StepIo<unknown>, 'signal' | 'progress' | 'before' | 'note'>): ProviderIo {
  const left = io.before?.operation;
  return {
    signal: io.signal,
    progress: (message) => io.progress(message),
    ...(typeof left === 'string' ? { resume: left } : {}),
    keep: (operation) => io.note({ operation }),
  };
}
