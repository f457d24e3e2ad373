import { triggerOf, triggerWord } from '../functions/binding-kinds.js';
import { compareNames } from '../functions/names.js';
import type { RecordedFunction } from './record-child.js';
import type { AnalysedFunction } from './types.js';

/** The functions in the order of their names, which decides the precedence of routes (specification 3.1). */
export function analysedFunctions(functions: RecordedFunction[]): AnalysedFunction[] {
  return functions.map(analysedFunction).sort((a, b) => compareNames(a.name, b.name));
}

function analysedFunction({ metadata, where }: RecordedFunction): AnalysedFunction {
  const trigger = triggerOf(metadata);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const word = trigger ? triggerWord(trigger) : 'unknown';
  const http =
    word === 'http' && trigger
      ? {
          route: text(trigger.route) || metadata.name,
          methods: trigger.methods as string[] | undefined,
          authLevel: text(trigger.authLevel) ?? 'function',
        }
      : {};
  const [schedule, queue] = [text(trigger?.schedule), text(trigger?.queueName)];
  const path = word === 'blob' ? text(trigger?.path) : undefined;
  return { name: metadata.name, trigger: word, ...http, schedule, queue, path, file: where?.file, line: where?.line };
}
