import type { Binding, FunctionMetadata } from '../core/contract.js';

/** Lower-cased binding type -> the trigger word that fanops shows. */
const triggerWords: Record<string, string> = {
  httptrigger: 'http',
  timertrigger: 'timer',
  queuetrigger: 'queue',
  blobtrigger: 'blob',
  warmuptrigger: 'warmup',
  eventgridtrigger: 'event-grid',
  eventhubtrigger: 'event-hub',
  servicebustrigger: 'service-bus',
  cosmosdbtrigger: 'cosmos-db',
  orchestrationtrigger: 'durable-orchestration',
  activitytrigger: 'durable-activity',
  entitytrigger: 'durable-entity',
};

/** What this version runs. A new trigger or output is added here and in `triggers.ts` or `bindings/storage.ts`. */
const runnableTriggers = ['http', 'timer', 'queue', 'blob', 'warmup'];
const runnableInputs = ['blob', 'table'];
const runnableOutputs = ['http', 'queue', 'blob', 'table'];

export function isTrigger(binding: Binding): boolean {
  return binding.type.toLowerCase().endsWith('trigger');
}

export function triggerOf(metadata: FunctionMetadata): Binding | undefined {
  return Object.values(metadata.bindings).find(isTrigger);
}

export function triggerWord(binding: Binding): string {
  const type = binding.type.toLowerCase();
  return triggerWords[type] ?? type.replace(/trigger$/, '');
}

/** A blob trigger that Event Grid starts through a webhook (specification 6). */
export function isEventGridBlob(binding: Binding): boolean {
  return triggerWord(binding) === 'blob' && String(binding.source ?? '').toLowerCase() === 'eventgrid';
}

/** The bindings of a function that this host cannot run, as texts for a person. */
export function unsupportedBindings(metadata: FunctionMetadata): string[] {
  const problems: string[] = [];
  for (const binding of Object.values(metadata.bindings)) {
    const deferred = (binding.properties as Record<string, unknown> | undefined)?.supportsDeferredBinding === 'true';
    if (deferred) problems.push(`the SDK-type binding "${binding.type}"`);
    else if (isTrigger(binding)) {
      if (isEventGridBlob(binding)) problems.push('the blob trigger with source "EventGrid"');
      else if (!runnableTriggers.includes(triggerWord(binding))) problems.push(`the trigger "${binding.type}"`);
    } else if (binding.direction.toLowerCase() === 'in') {
      if (!runnableInputs.includes(binding.type.toLowerCase())) problems.push(`the input binding "${binding.type}"`);
    } else if (!runnableOutputs.includes(binding.type.toLowerCase()))
      problems.push(`the output binding "${binding.type}"`);
  }
  return problems;
}
