import { referencedSettings, type Env } from '../config/settings.js';
import type { RegisteredFunction } from '../core/registry.js';
import { buildFunctionTable, type HostedFunction } from '../functions/function-table.js';
import { Router, methodsOf, routeText } from '../http/router.js';
import type { AppFacts } from './facts.js';
import type { RecordedFunction } from './record-child.js';
import type { AnalysedRoute, Finding } from './types.js';

/**
 * Makes the host's own table of functions and routes of what was recorded: routes in order of precedence, and a finding
 * for each function
 * that is in error. What Azure refuses as well degrades nothing: it answers there as here, but a person should know.
 */
export function functionTable(facts: AppFacts): { routes: AnalysedRoute[]; findings: Finding[] } {
  const env = withPlaceholders(facts);
  const table = buildFunctionTable(facts.functions.map(registered), env, facts.host?.functions);
  const refused = new Set(
    table.filter(({ error }) => error?.startsWith('this host cannot run')).map(({ name }) => name),
  );
  const prefix = facts.host?.routePrefix ?? 'api';
  new Router(table, prefix); // sets the error of routes that cannot be served
  const errors = table.filter((fn) => fn.error && !refused.has(fn.name));
  return {
    routes: table
      .filter((fn) => fn.trigger === 'http' && !fn.error)
      .map((fn) => ({
        route: `/${[prefix, routeText(fn).replace(/^\//, '')].filter(Boolean).join('/')}`,
        methods: methodsOf(fn),
        function: fn.name,
      })),
    findings: [...errors.map((fn) => inError(fn, facts)), ...leftOut(facts)],
  };
}

function inError(fn: HostedFunction, { functions }: AppFacts): Finding {
  const where = functions.find(({ metadata }) => metadata.name === fn.name)?.where;
  const base = { id: 'function-in-error', function: fn.name, where };
  if (!fn.errorOnAzureToo) return { ...base, severity: 'blocks', message: `${fn.name} cannot run: ${fn.error}.` };
  return {
    ...base,
    severity: 'degrades',
    message: `${fn.name} is in error, here as on Azure: ${fn.error}.`,
    hint: 'It gets 404 on both sides, and the other functions run. Mend it or take it away.',
  };
}

/** Functions that host.json or a setting keeps from running. */
function leftOut({ functions, host }: AppFacts): Finding[] {
  const allowed = host?.functions;
  if (!allowed) return [];
  const names = functions.map(({ metadata }) => metadata.name).filter((name) => !allowed.includes(name.toLowerCase()));
  if (names.length === 0) return [];
  const message = `host.json lists the functions that run; these are not among them: ${names.join(', ')}.`;
  return [{ id: 'functions-left-out', severity: 'info', message, where: { file: 'host.json', line: 1 } }];
}

function registered({ metadata, where, error, errorOnAzureToo }: RecordedFunction): RegisteredFunction {
  return { id: metadata.name, metadata, callback: () => undefined, where, error, errorOnAzureToo };
}

/**
 * Settings that are not given are asked for elsewhere; here each has a value, so that only the app's own faults show.
 */
function withPlaceholders({ functions, env, settings }: AppFacts): Env {
  const texts = functions.flatMap(({ metadata }) =>
    Object.values(metadata.bindings).flatMap((binding) => Object.values(binding)),
  );
  const names = texts.flatMap((text) => (typeof text === 'string' ? referencedSettings(text) : []));
  const given = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
  return { ...Object.fromEntries(names.map((name) => [name, 'placeholder'])), ...given, ...env };
}
