import type { ProviderIo } from '../../providers/contracts/provider-io.js';
import type { StepIo } from '../../runs/handler.js';

/** What a step hands to a provider: its signal, its voice, and a place for a long-running operation that a later try goes on with. */
export function providerIo(io: Pick<StepIo<unknown>, 'signal' | 'progress' | 'outputs' | 'note' | 'step'>): ProviderIo {
  const left = io.outputs(io.step.id)?.operation;
  return {
    signal: io.signal,
    progress: (message) => io.progress(message),
    ...(typeof left === 'string' ? { resume: left } : {}),
    keep: (operation) => io.note({ operation }),
  };
}
