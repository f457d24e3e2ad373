import type { Binding } from '../core/contract.js';
import { isEventGridBlob, isTrigger, triggerOf, triggerWord, unsupportedBindings } from '../functions/binding-kinds.js';
import { parseSchedule } from '../timers/schedule.js';
import { placeOf, type AppFacts } from './facts.js';
import type { RecordedFunction } from './record-child.js';
import type { Finding, Place } from './types.js';

const families = {
  durable: /^(orchestrationtrigger|activitytrigger|entitytrigger|durableclient|orchestrationclient)$/i,
  mcp: /^mcp\w*trigger$/i,
  eventGrid: /^eventgridtrigger$/i,
};

/** What stands in the way of each function, or has to be asked about it (specification 9). */
export function functionFindings(facts: AppFacts): Finding[] {
  return facts.functions.flatMap((fn) => {
    const place = { function: fn.metadata.name, where: fn.where };
    const findings: Finding[] = [];
    const refused = unsupportedBindings(fn.metadata);
    for (const binding of Object.values(fn.metadata.bindings)) {
      const isRefused = refused.some((problem) => problem.includes(`"${binding.type}"`) || isEventGridBlob(binding));
      if (isRefused) findings.push(refusedBinding(fn, binding, facts));
    }
    if (fn.saysDisabled)
      findings.push({
        id: 'disabled-ignored',
        severity: 'question',
        function: fn.metadata.name,
        where: placeOf(facts.root, fn.where?.file ?? '', '"disabled"'),
        message:
          `${fn.metadata.name} says "disabled": true in function.json, which has no effect ` +
          'since runtime 2: it runs.',
        hint: `To switch it off, set AzureWebJobs.${fn.metadata.name}.Disabled=true.`,
      });
    return [...unique(findings), ...triggerFindings(fn, place)];
  });
}

function refusedBinding(fn: RecordedFunction, binding: Binding, facts: AppFacts): Finding {
  const { type } = binding;
  const name = fn.metadata.name;
  const trigger = isTrigger(binding);
  const base = { severity: 'blocks' as const, function: name, where: bindingPlace(fn, binding, facts.root) };
  const kind = trigger ? 'trigger' : binding.direction === 'in' ? 'input binding' : 'output binding';
  const message = `${name} needs the ${kind} "${type}", which this host cannot run.`;
  const rewrite = 'Leave this function on Azure, or rewrite it on an HTTP, timer, queue or blob trigger.';
  if (families.durable.test(type))
    return { ...base, id: 'durable-functions', message, hint: 'Leave the orchestrations on Azure.' };
  if (families.mcp.test(type))
    return { ...base, id: 'mcp-trigger', message, hint: 'Serve MCP by a server of its own.' };
  if (families.eventGrid.test(type)) {
    return {
      ...base,
      id: 'event-grid',
      message,
      hint: 'Let Event Grid call an HTTP function by a webhook, which has to answer its validation.',
    };
  }
  if (isEventGridBlob(binding)) {
    const hint = 'Take "source" away: then the host scans the container itself.';
    return {
      ...base,
      id: 'event-grid',
      message: `${name} is started by Event Grid (blob trigger with source EventGrid), which only Azure sends.`,
      hint,
    };
  }
  if ((binding.properties as Record<string, unknown> | undefined)?.supportsDeferredBinding === 'true') {
    return {
      ...base,
      id: 'sdk-binding',
      message: `${name} asks for the SDK type of "${type}" (sdkBinding), which needs Azure's extension.`,
      hint: 'Take sdkBinding away and make the client from the storage SDK.',
    };
  }
  if (trigger) return { ...base, id: 'unsupported-trigger', message, hint: rewrite };
  return {
    ...base,
    id: 'unsupported-binding',
    message,
    hint: 'Call the service by its SDK inside the function instead of the binding.',
  };
}

/** In function.json the line of the binding itself; for code the line that registered the function. */
function bindingPlace(fn: RecordedFunction, { type }: Binding, root: string): Place | undefined {
  return fn.where?.file.endsWith('function.json') ? placeOf(root, fn.where.file, `"${type}"`) : fn.where;
}

function unique(findings: Finding[]): Finding[] {
  return findings.filter(
    ({ id, message }, at) => findings.findIndex((other) => other.id === id && other.message === message) === at,
  );
}

function triggerFindings({ metadata }: RecordedFunction, place: { function: string; where?: Place }): Finding[] {
  const trigger = triggerOf(metadata);
  const name = metadata.name;
  switch (trigger && triggerWord(trigger)) {
    case 'timer':
      return [
        ...scheduleFindings(String(trigger!.schedule ?? ''), place, name),
        {
          id: 'timer-runs-once',
          severity: 'info',
          ...place,
          message: `The timer ${name} must not run on Azure and here at the same time.`,
          hint: `Set AzureWebJobs.${name}.Disabled=true on the side that does not serve.`,
        },
      ];
    case 'http': {
      const level = String(trigger!.authLevel ?? 'function').toLowerCase();
      return level === 'anonymous'
        ? []
        : [
            {
              id: 'function-keys',
              severity: 'question',
              ...place,
              message: `${name} asks callers for a ${level} key.`,
              hint: 'Bring the keys along: az functionapp keys list, given to the host with --keys.',
            },
          ];
    }
    case 'warmup':
      return [
        {
          id: 'warmup-trigger',
          severity: 'info',
          ...place,
          message:
            `${name} warms up new instances when Azure scales out, which does not happen here: ` + 'it is not called.',
          hint: 'Do what it does at the top level or in an appStart hook.',
        },
      ];
    default:
      return [];
  }
}

function scheduleFindings(schedule: string, place: { function: string; where?: Place }, name: string): Finding[] {
  if (schedule.includes('%')) return [];
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    return [
      {
        id: 'bad-schedule',
        severity: 'degrades',
        ...place,
        message: `${name}: ${(error as Error).message}. It does not run on Azure either.`,
      },
    ];
  }
}
