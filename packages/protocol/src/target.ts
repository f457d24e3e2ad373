import * as z from 'zod/mini';
import { hostName, upstreamUrl } from './addresses.js';

/** How an upstream is reached. */
export const endpointFields = {
  url: upstreamUrl,
  /** Of an https URL: the name asked for and checked in its certificate; default: the host of its URL. */
  serverName: z.optional(hostName),
  /** Whether the certificate is checked; default: true. */
  verify: z.optional(z.boolean()),
  /** PEM file of the authorities to trust, relative to the router's directory; default: those of the system. */
  trusted: z.optional(z.string().check(z.regex(/^ca\/[a-z0-9.-]+$/, 'must be a file in ca/'))),
};

export const targetFields = {
  /** Of the host in the fleet file. It stands in the access log, in figures and in configurations of engines. */
  name: z
    .string()
    .check(
      z.regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
        'must be letters, digits, dots, dashes and underscores, 100 at most, and begin with a letter or digit',
      ),
    ),
  ...endpointFields,
  /** It gets no new request; those under way finish. */
  down: z.optional(z.boolean()),
};

/** One host of a placement. */
const target = z.strictObject(targetFields);

/** What is told of a target in a route file. */
export type TargetEntry = z.infer<typeof target>;

/** Targets as the router follows them: with names of their own. */
export const targets = z.array(target).check(z.minLength(1), distinctNames);

/** A URL that requests are sent to, and how. */
export interface Endpoint {
  url: string;
  /** Default: `upstream` for https, else `preserve`. */
  hostHeader?: 'preserve' | 'upstream';
  serverName?: string;
  verify?: boolean;
  trusted?: string;
}

/** A target of a placement, with what it takes over from its placement. */
export interface Target extends Endpoint {
  name: string;
  down: boolean;
}

/** A placement as route files hold it, of this version or of those without targets. */
export interface TargetedPlacement extends Endpoint {
  targets?: readonly TargetEntry[];
}

/**
 * The targets of a placement, those that are down included. A placement that names none has one, its own URL, by whose
 * host and port it is called. What a target does not say of TLS and the Host header is that of its placement.
 */
export function targetsOf({ targets: named, ...own }: TargetedPlacement): Target[] {
  const { url, hostHeader, serverName, verify, trusted } = own;
  const shared = { hostHeader, serverName, verify, trusted };
  const entries: readonly TargetEntry[] = named ?? [{ name: new URL(url).host, url }];
  return entries.map((entry) => ({ ...withoutAbsent(shared), ...withoutAbsent(entry), down: entry.down ?? false }));
}

/** Whether a placement has targets that requests can be spread over. */
export const hasSeveralTargets = ({ targets: named }: TargetedPlacement): boolean => (named?.length ?? 0) > 1;

/** Fields without a value would hide those of the placement. */
const withoutAbsent = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** Refuses a second entry of the same name. */
export function distinctNames(ctx: z.core.ParsePayload<readonly { name: string }[]>): void {
  const names = ctx.value.map(({ name }) => name);
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice < 0) return;
  const message = `a second entry '${names[twice]}'`;
  ctx.issues.push({ code: 'custom', path: [twice, 'name'], message, input: ctx.value });
}

/** Refuses targets of which the URL of the placement is not the first, and weight that none of them may take. */
export function fitsTargets(ctx: z.core.ParsePayload<TargetedPlacement & { weight: number }>): void {
  const { url, weight, targets: named } = ctx.value;
  const refuse = (path: string, message: string): void => {
    ctx.issues.push({ code: 'custom', path: [path], message, input: ctx.value });
  };
  if (named === undefined) return;
  if (named[0]?.url !== url) refuse('url', 'must be that of the first target');
  else if (weight > 0 && named.every(({ down }) => down === true))
    refuse('targets', 'one at least must not be down while the placement has weight');
}
