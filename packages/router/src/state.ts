import { isIP } from 'node:net';
import { z } from 'zod';

const upstreamUrl = z.string().superRefine((text, ctx) => {
  const refuse = (message: string): void => ctx.addIssue({ code: 'custom', message });
  if (!URL.canParse(text)) return refuse('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('must be an http or https URL');
  if (url.username || url.password) return refuse('must not hold credentials');
  if (url.search || url.hash) refuse('must not have a query or a fragment');
});

const placement = z.strictObject({
  name: z.string().min(1),
  url: upstreamUrl,
  weight: z.number().int().min(0).max(100),
  hostHeader: z.enum(['preserve', 'upstream']).optional(),
});

const route = z.strictObject({
  service: z.string().min(1),
  path: z.string().regex(/^\/[^?#]*$/, 'must start with / and have no query'),
  host: z.string().min(1).optional(),
  placements: z.array(placement).min(1),
});

const routerState = z.strictObject({
  version: z.number().int().min(0),
  fence: z.number().int().min(0),
  listen: z.strictObject({
    address: z.string().refine((text) => isIP(text) !== 0, 'must be an IP address'),
    port: z.number().int().min(0).max(65535),
  }),
  routes: z.array(route).superRefine(refuseTwins),
});

/** Wanted state of the router, as `state.json` holds it. Port 0 listens on a free port, which `applied.json` then names. */
export type RouterState = z.infer<typeof routerState>;
export type Route = z.infer<typeof route>;
export type Placement = z.infer<typeof placement>;

/** A state that can't be used; `path` points into the file (`routes.0.path`, or '' for the file as a whole). */
export class StateError extends Error {
  constructor(readonly path: string, readonly reason: string) {
    super(path ? `${path}: ${reason}` : reason);
    this.name = 'StateError';
  }
}

/** Reads the text of a state file. @throws {StateError} naming the first place that is wrong */
export function parseState(text: string): RouterState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new StateError('', `is not JSON: ${(error as Error).message}`);
  }
  const result = routerState.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new StateError(issue?.path.join('.') ?? '', issue?.message ?? 'is not a router state');
}

/** A route's path without its trailing slashes: '' stands for the root. */
export function prefixOf(path: string): string {
  return path.replace(/\/+$/, '');
}

function refuseTwins(routes: Route[], ctx: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { host = '', path, placements }] of routes.entries()) {
    const key = `${host.toLowerCase()} ${prefixOf(path)}`;
    if (seen.has(key)) ctx.addIssue({ code: 'custom', path: [index, 'path'], message: `a second route for ${host}${path}` });
    seen.add(key);
    const names = placements.map((each) => each.name);
    const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
    if (twice >= 0) {
      ctx.addIssue({ code: 'custom', path: [index, 'placements', twice, 'name'], message: `a second placement '${names[twice]}'` });
    }
  }
}
