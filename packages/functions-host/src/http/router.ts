import { putInError, type HostedFunction } from '../functions/function-table.js';
import { matchTemplate, type RouteValues } from './match.js';
import { requestPath } from './path.js';
import { parameterOf, parseTemplate, type TemplateSegment } from './template.js';

export interface RouteMatch {
  fn: HostedFunction;
  values: RouteValues;
}

interface Route {
  fn: HostedFunction;
  template: TemplateSegment[];
  /** Upper-cased; undefined = every method. */
  methods?: string[];
  /** Position and lower-cased text of the segments that are one literal: most routes are ruled out by these alone. */
  literals: [number, string][];
  /** How many segments a path may have. */
  longest: number;
}

/**
 * The HTTP functions' routes. Functions come sorted by name and the first route that matches wins; not the most
 * specific, nor the first registered (specification 3.1). Sets `error` on functions whose route cannot be served.
 */
export class Router {
  /**
   * The place of a route's first segment after the prefix, and the routes that are left for a word there, in their
   * order.
   */
  #place: number;
  #byWord = new Map<string | undefined, Route[]>();

  constructor(functions: HostedFunction[], routePrefix: string) {
    this.#place = routePrefix === '' || /[{}]/.test(routePrefix) ? 0 : routePrefix.split('/').length;
    const routes: Route[] = [];
    const taken: { text: string; methods?: string[] }[] = [];
    for (const fn of functions) {
      if (fn.trigger !== 'http' || fn.error) continue;
      const text = routeText(fn);
      const methods = methodsOf(fn);
      try {
        assertNotReserved(text);
        const template = parseTemplate(routePrefix ? `${routePrefix}/${text}` : text);
        const key = text.replace(/^\/+|\/+$/g, '').toLowerCase();
        if (taken.some((other) => other.text === key && overlap(other.methods, methods))) {
          throw new Error(`the route "${text}" is already used by another function`);
        }
        taken.push({ text: key, methods });
        routes.push(route(fn, template, methods));
      } catch (error) {
        putInError(fn, (error as Error).message, { onAzureToo: true });
      }
    }
    const wordOf = ({ literals }: Route): string | undefined => literals.find(([index]) => index === this.#place)?.[1];
    for (const word of new Set([undefined, ...routes.map(wordOf)])) {
      this.#byWord.set(
        word,
        routes.filter((other) => [undefined, word].includes(wordOf(other))),
      );
    }
  }

  /** `path` is the raw path of the request line. A wrong method is as good as no route: 404 (specification 3.2). */
  match(method: string, path: string): RouteMatch | undefined {
    const asked = requestPath(path);
    const verb = method.toUpperCase();
    const lower = asked.segments.map((segment) => segment.toLowerCase());
    for (const { fn, template, methods, literals, longest } of this.#byWord.get(lower[this.#place]) ??
      this.#byWord.get(undefined)!) {
      if (lower.length > longest || (methods && !methods.includes(verb))) continue;
      if (!literals.every(([index, text]) => lower[index] === text)) continue;
      const values = matchTemplate(template, asked);
      if (values) return { fn, values };
    }
    return undefined;
  }
}

function route(fn: HostedFunction, template: TemplateSegment[], methods?: string[]): Route {
  const literals = template.flatMap(([part, ...more], index): [number, string][] =>
    part && 'lower' in part && more.length === 0 ? [[index, part.lower]] : [],
  );
  const longest = parameterOf(template.at(-1)?.[0])?.catchAll ? Infinity : template.length;
  return { fn, template, methods: methods?.map((method) => method.toUpperCase()), literals, longest };
}

/** The route as the app wrote it; the function's name where it is empty or missing. */
export function routeText(fn: HostedFunction): string {
  const route = fn.triggerBinding.route;
  return typeof route === 'string' && route.trim() !== '' ? route : fn.name;
}

export function methodsOf(fn: HostedFunction): string[] | undefined {
  const methods = fn.triggerBinding.methods;
  return Array.isArray(methods) ? methods.map(String) : undefined;
}

function assertNotReserved(route: string): void {
  const reserved = ['admin', 'runtime'].find((word) => route.replace(/^\/+/, '').toLowerCase().startsWith(word));
  if (reserved) throw new Error(`the route "${route}" begins with "${reserved}", which is reserved`);
}

/** The host compares methods with case here, though not when it matches requests (specification 3.1). */
function overlap(a: string[] | undefined, b: string[] | undefined): boolean {
  return !a || !b || a.some((method) => b.includes(method));
}
