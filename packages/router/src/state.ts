import { isIP } from 'node:net';
import { z } from 'zod';
import { timeoutSettings } from './limits.js';
import { normalPrefix } from './request-path.js';

const upstreamUrl = z.string().superRefine((text, ctx) => {
  const refuse = (message: string): void => ctx.addIssue({ code: 'custom', message });
  if (!URL.canParse(text)) return refuse('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('must be an http or https URL');
  if (url.username || url.password) return refuse('must not hold credentials');
  if (url.search || url.hash) refuse('must not have a query or a fragment');
});

const hostName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'must be a host name');

const placement = z.strictObject({
  name: z.string().min(1),
  url: upstreamUrl,
  weight: z.number().int().min(0).max(100),
  hostHeader: z.enum(['preserve', 'upstream']).optional(),
  /** Of an https placement: the name asked for and checked in its certificate; default: the host of its URL. */
  serverName: hostName.optional(),
  /** Whether the certificate is checked; default: true. */
  verify: z.boolean().optional(),
  /** PEM file of the authorities to trust, relative to the router's directory; default: those of the system. */
  trusted: z
    .string()
    .regex(/^ca\/[a-z0-9.-]+$/, 'must be a file in ca/')
    .optional(),
});

const healthRequest = z.object({
  method: z.enum(['GET', 'HEAD']).optional(),
  path: z.string().regex(/^\/\S*$/, 'must be a path that starts with /'),
  headers: z.record(z.string(), z.string()).optional(),
});

const baseline = z.object({ status: z.number().int(), request: z.string() });

/** What fanops keeps beside the route for itself passes through. */
const route = z.object({
  service: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
  version: z.number().int().min(0),
  fence: z.number().int().min(0),
  /** Name of the lock whose number the fence is; absent in routes of earlier versions, which took the highest of all locks of a run. */
  lock: z.string().optional(),
  path: z.string().regex(/^\/[^?#]*$/, 'must start with / and have no query'),
  host: z.string().min(1).optional(),
  placements: z.array(placement).min(1).superRefine(refuseTwins),
  /** By placement: what a probe asks; default: GET of the route's path. */
  health: z.record(z.string(), healthRequest).optional(),
  /** By placement: what it answered when it last passed a probe. Written by the router's program alone. */
  baselines: z.record(z.string(), baseline).optional(),
});

const engines = ['embedded', 'nginx', 'haproxy'] as const;
/** What takes the requests. */
export type EngineName = (typeof engines)[number];

const settings = z.object({
  /** Changes with the settings and with the files that they stand for; `applied.json` says which is in force. */
  mark: z.string().optional(),
  engine: z.enum(engines).optional(),
  listen: z.strictObject({
    address: z.string().refine((text) => isIP(text) !== 0, 'must be an IP address'),
    port: z.number().int().min(0).max(65535),
  }),
  /** Beside the port that speaks TLS; not with the embedded engine. */
  httpPort: z.number().int().min(1).max(65535).optional(),
  /** `tls/certificate.pem` and `tls/key.pem` are there; not with the embedded engine. */
  tls: z
    .strictObject({
      /** Whether requests to `httpPort` are sent to the TLS port; else they are served. */
      redirect: z.boolean(),
    })
    .optional(),
  /** Name servers, ADDRESS or ADDRESS:PORT; default: those of the system. Not with the embedded engine. */
  resolver: z
    .array(
      z
        .string()
        .regex(
          /^(\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:]+\])(:\d+)?$/,
          'must be ADDRESS or ADDRESS:PORT, with brackets around IPv6',
        ),
    )
    .optional(),
  /** Addresses and networks of proxies whose X-Forwarded-*, X-Real-IP and Forwarded headers count; default: none. */
  trustedProxies: z.array(z.string().refine(isNetwork, 'must be ADDRESS or ADDRESS/BITS')).optional(),
  timeouts: timeoutSettings.optional(),
  /** Milliseconds that a request under way may go on, when that is longer than an engine that another one follows waits anyway. */
  drainMs: z.number().int().min(0).max(3_600_000).optional(),
});

/** Whether a text is an address, or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && !address.includes('%') && (bits === undefined || Number(bits) <= (family === 6 ? 128 : 32));
}

/** Settings of the router, as `router.json` holds them. Port 0 listens on a free port, which `applied.json` then names. */
export type RouterSettings = z.infer<typeof settings>;
/** A service's route, as `routes/SERVICE.json` holds it. */
export type Route = z.infer<typeof route>;
export type Placement = z.infer<typeof placement>;
/** The request by which a placement is probed, its path relative to the placement's URL. */
export type HealthRequest = z.infer<typeof healthRequest>;
/** Status of an answer that was judged good, and to which request (`GET /path`). */
export type Baseline = z.infer<typeof baseline>;

/** Settings and all routes together. */
export interface RouterState extends RouterSettings {
  routes: Route[];
}

/** A state that can't be used; `path` points into the file (`routes.0.path`, or '' for the file as a whole). */
export class StateError extends Error {
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(path ? `${path}: ${reason}` : reason);
    this.name = 'StateError';
  }
}

/** Reads the text of `router.json`. @throws {StateError} naming the first place that is wrong */
export const parseSettings = (text: string): RouterSettings => parse(settings, text);

/** Reads the text of a route file. @throws {StateError} naming the first place that is wrong */
export const parseRoute = (text: string): Route => parse(route, text);

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new StateError('', `is not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new StateError(issue?.path.join('.') ?? '', issue?.message ?? 'is not valid');
}

/** Whether a route was written under an older lock than another. What does not say which lock it was is no measure for what does. */
export const isOlder = (route: Pick<Route, 'fence' | 'lock'>, than: Pick<Route, 'fence' | 'lock'>): boolean =>
  route.fence < than.fence && !(than.lock === undefined && route.lock !== undefined);

/** What no two routes may share. */
export const routeKey = ({ host = '', path }: Route): string => `${host.toLowerCase()} ${normalPrefix(path)}`;

function refuseTwins(placements: Placement[], ctx: z.RefinementCtx): void {
  const names = placements.map((each) => each.name);
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice >= 0)
    ctx.addIssue({ code: 'custom', path: [twice, 'name'], message: `a second placement '${names[twice]}'` });
}
