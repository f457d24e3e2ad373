import type { HostedFunction } from '../functions/function-table.js';
import { matchTemplate, type RouteValues } from './match.js';
import { parseTemplate, type TemplateSegment } from './template.js';

export interface RouteMatch {
  fn: HostedFunction;
  values: RouteValues;
}

interface Route {
  fn: HostedFunction;
  template: TemplateSegment[];
  /** Upper-cased; undefined = every method. */
  methods?: string[];
}

/**
 * The HTTP functions' routes. Functions come sorted by name and the first route that matches wins; not the most
 * specific, nor the first registered (specification 3.1). Sets `error` on functions whose route cannot be served.
 */
export class Router {
  #routes: Route[] = [];

  constructor(functions: HostedFunction[], routePrefix: string) {
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
        this.#routes.push({ fn, template, methods: methods?.map((method) => method.toUpperCase()) });
      } catch (error) {
        fn.error = (error as Error).message;
      }
    }
  }

  /** `path` is the raw path of the request line. A wrong method is as good as no route: 404 (specification 3.2). */
  match(method: string, path: string): RouteMatch | undefined {
    const segments = pathSegments(path);
    for (const { fn, template, methods } of this.#routes) {
      if (methods && !methods.includes(method.toUpperCase())) continue;
      const values = matchTemplate(template, segments);
      if (values) return { fn, values };
    }
    return undefined;
  }
}

/** The route as the app wrote it; the function's name where it is empty or missing. */
export function routeText(fn: HostedFunction): string {
  const route = fn.triggerBinding.route;
  return typeof route === 'string' && route !== '' ? route : fn.name;
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

/** Decoded once; `%2F` stays encoded; one trailing slash does not count. */
function pathSegments(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/').map(decodeSegment);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment.replace(/%2f/gi, (slash) => `%25${slash.slice(1)}`));
  } catch {
    return segment; // a malformed escape stays as it came
  }
}
