import type { FunctionMetadata } from '../core/contract.js';
import { triggerOf, triggerWord, unsupportedBindings } from '../functions/binding-kinds.js';
import { nameProblem } from '../functions/names.js';
import { parseSchedule } from '../timers/schedule.js';
import type { Finding, Place } from './types.js';

export interface RecordedFunction {
  metadata: FunctionMetadata;
  where?: Place;
}

/** What stands in the way of each function, or has to be asked about it. */
export function functionFindings(functions: RecordedFunction[]): Finding[] {
  return functions.flatMap(({ metadata, where }) => {
    const place = { function: metadata.name, where };
    const findings: Finding[] = [];
    for (const problem of unsupportedBindings(metadata)) {
      const id = problem.includes('trigger') ? 'unsupported-trigger' : 'unsupported-binding';
      const durable = /orchestration|activity|entity|durable/i.test(problem);
      findings.push({
        id: durable ? 'durable-functions' : id, severity: 'blocks', ...place,
        message: `${metadata.name} needs ${problem}, which this host cannot run.`,
        hint: 'Leave this function on Azure, or rewrite it on an HTTP, timer or queue trigger.',
      });
    }
    const invalid = nameProblem(metadata.name);
    const message = `The function name is not allowed: ${invalid}.`;
    if (invalid) findings.push({ id: 'invalid-name', severity: 'blocks', ...place, message });
    return [...findings, ...triggerFindings({ metadata, where })];
  });
}

function triggerFindings({ metadata, where }: RecordedFunction): Finding[] {
  const trigger = triggerOf(metadata);
  const place = { function: metadata.name, where };
  if (!trigger) return [{ id: 'no-trigger', severity: 'blocks', ...place, message: `${metadata.name} has no trigger.` }];
  const word = triggerWord(trigger);
  if (word === 'timer') return [...scheduleFindings(String(trigger.schedule ?? ''), place, metadata.name), {
    id: 'timer-runs-once', severity: 'info', ...place,
    message: `The timer ${metadata.name} must not run on Azure and here at the same time.`,
    hint: `Set AzureWebJobs.${metadata.name}.Disabled=true on the side that does not serve.`,
  }];
  const level = String(trigger.authLevel ?? 'function').toLowerCase();
  if (word === 'http' && level !== 'anonymous') return [{
    id: 'function-keys', severity: 'question', ...place, message: `${metadata.name} asks callers for a ${level} key.`,
    hint: 'Bring the keys along: az functionapp keys list, given to the host with --keys.',
  }];
  return [];
}

function scheduleFindings(schedule: string, place: { function: string; where?: Place }, name: string): Finding[] {
  if (schedule.includes('%')) return [];
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    return [{ id: 'bad-schedule', severity: 'blocks', ...place, message: `${name}: ${(error as Error).message}.` }];
  }
}
