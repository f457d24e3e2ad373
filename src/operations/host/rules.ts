import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { FanopsError, PreconditionError, messageOf } from '../../core/errors.js';
import { within } from '../../core/within.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { FirewallRule } from '../../providers/contracts/networks.js';
import type { OperationContext } from '../../kit/context.js';
import { sourceSeenBy } from '../../kit/seen-from.js';

/** Stands for the address that this machine has now, which a list does not ask for. */
const AUTO = 'auto';
const ALL = '0.0.0.0/0';
/** Milliseconds for the address of a name. */
const LOOKUP_MS = 15_000;

/** What a host lets in. */
export interface WantedRules {
  rules: FirewallRule[];
  /** Hosts that must be let in and have no address yet: their rules are missing. */
  unknown: string[];
  /** In words, what stays open beside what the file says, and why. */
  kept: string[];
}

export interface RuleOptions {
  /** Leaves `auto` as a word. */
  keepAuto?: boolean;
  /** What the host lets in now: where the router does not say which ports it uses, those of services stay open. */
  present?: readonly FirewallRule[];
}

/**
 * The rules of a host by what it does: SSH for those whom `sshFrom` names, or for the last host of its way; 80, 443
 * and its own port on the
 * router; the ports of services for the router, also those that a route leads to until it has moved to the port of the
 * file.
 */
export async function wantedRules(
  ctx: OperationContext,
  host: string,
  { keepAuto = false, present = [] }: RuleOptions = {},
): Promise<WantedRules> {
  const fleet = await ctx.fleet();
  const unknown: string[] = [];
  const from = async (source: string): Promise<string[]> => {
    try {
      return [network(await numeric(ctx, await sourceSeenBy(ctx, source, host), source))];
    } catch (error) {
      if (!(error instanceof FanopsError) || error.code !== 'NO_HOST') throw error;
      unknown.push(source);
      return [];
    }
  };
  const ssh = await sshSources(ctx, fleet, host, from, keepAuto);
  const rules: FirewallRule[] = [
    { protocol: 'tcp', ports: [22, 22], from: ssh, purpose: 'ssh' },
    ...publicRules(fleet, host),
  ];
  const router = fleet.config.router?.host;
  const kept: string[] = [];
  if (router !== undefined && router !== host) {
    // A list of hosts, which `status` begins with, asks no router.
    const { routedPorts } = await import('./routed-ports.js');
    const routed = await routedPorts(ctx, host);
    const named = servicePorts(fleet, host);
    const earlier =
      'ports' in routed ? routed.ports.filter(({ port }) => !named.some((each) => each.port === port)) : [];
    const sources = named.length + earlier.length > 0 ? await from(router) : [];
    rules.push(
      ...[...named, ...earlier].map(({ service, port }): FirewallRule => ({
        protocol: 'tcp',
        ports: [port, port],
        from: sources,
        purpose: service,
      })),
    );
    kept.push(...earlier.map(({ service, port }) => `tcp ${port} stays open: the route of ${service} leads there`));
    if ('unknown' in routed) {
      const open = ofServices(present, rules);
      rules.push(...open);
      kept.push(
        ...open.map(
          (rule) => `${portsKey(rule)} stays open: ${router} does not say whether it is used (${routed.unknown})`,
        ),
      );
    }
  }
  return { rules: joined(rules), unknown: [...new Set(unknown)], kept };
}

/** Rules that a host has for services and that are not among others: not SSH, and not open to everybody. */
const ofServices = (present: readonly FirewallRule[], others: readonly FirewallRule[]): FirewallRule[] =>
  present.filter(
    (rule) =>
      rule.ports[0] !== 22 &&
      !rule.from.some((each) => each.endsWith('/0')) &&
      !others.some((other) => portsKey(other) === portsKey(rule)),
  );

async function sshSources(
  ctx: OperationContext,
  fleet: Fleet,
  host: string,
  from: (source: string) => Promise<string[]>,
  keepAuto: boolean,
): Promise<string[]> {
  const { jump, sshFrom: own } = fleet.host(host);
  const last = jump?.at(-1);
  const listed = own ?? (last === undefined ? (fleet.config.sshFrom ?? 'auto') : []);
  const named = listed === 'auto' ? [keepAuto ? AUTO : network(await ctx.publicAddress())] : listed.map(network);
  return [...named, ...(last === undefined ? [] : await from(last))];
}

/** What everybody may reach. */
function publicRules(fleet: Fleet, host: string): FirewallRule[] {
  const { router } = fleet.config;
  const open = (port: number, purpose: string): FirewallRule => ({
    protocol: 'tcp',
    ports: [port, port],
    from: [ALL],
    purpose,
  });
  if (!fleet.host(host).roles.includes('router')) return [];
  return [
    open(80, 'http'),
    open(443, 'https'),
    ...publishedPorts(fleet, host)
      .filter((port) => port !== 80 && port !== 443 && router)
      .map((port) => open(port, 'router')),
  ];
}

/** Ports of the router that users reach on this host. */
export function publishedPorts(fleet: Fleet, host: string): number[] {
  const { router } = fleet.config;
  return router?.host === host ? [router.listen, ...(router.httpPort === undefined ? [] : [router.httpPort])] : [];
}

/** What runs on a host and answers requests. */
function servicePorts(fleet: Fleet, host: string): { service: string; port: number }[] {
  return fleet.placementsOn(host).flatMap(({ service, name }) => {
    const port = fleet.portOf(service, name, host);
    return port === undefined ? [] : [{ service, port }];
  });
}

/** An address as a network of one. */
const network = (address: string): string =>
  address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;

async function numeric(ctx: OperationContext, address: string, host: string): Promise<string> {
  if (isIP(address) !== 0) return address;
  const late = (): Error => new Error(`no name server answered within ${LOOKUP_MS / 1000} s`);
  try {
    return (await within(() => lookup(address), { ms: LOOKUP_MS, signal: ctx.signal, late })).address;
  } catch (error) {
    if (ctx.signal.aborted) throw error;
    throw new PreconditionError(`The address ${address} of ${host} cannot be looked up: ${messageOf(error)}`, {
      code: 'NO_ADDRESS',
      where: `hosts.${host}.address`,
      cause: error,
    });
  }
}

/** One rule for each range of ports, sorted; ranges that nobody may reach are left out. */
function joined(rules: readonly FirewallRule[]): FirewallRule[] {
  const byPorts = new Map<string, FirewallRule>();
  for (const rule of rules) {
    const key = portsKey(rule);
    const known = byPorts.get(key);
    byPorts.set(key, { ...(known ?? rule), from: [...new Set([...(known?.from ?? []), ...rule.from])].sort() });
  }
  return [...byPorts.values()]
    .filter((rule) => rule.from.length > 0)
    .sort((a, b) => a.ports[0] - b.ports[0] || a.protocol.localeCompare(b.protocol));
}

const portsKey = ({ protocol, ports: [first, last] }: FirewallRule): string =>
  `${protocol} ${first === last ? first : `${first}-${last}`}`;

/**
 * What differs between the rules that a firewall has and those that are wanted, in words; nothing when they let in the
 * same.
 * A wanted `auto` fits any single address.
 */
export function ruleChanges(present: readonly FirewallRule[], wanted: readonly FirewallRule[]): string[] {
  const had = new Map(joined(present).map((rule) => [portsKey(rule), rule.from]));
  const want = new Map(joined(wanted).map((rule) => [portsKey(rule), rule.from]));
  return [...new Set([...had.keys(), ...want.keys()])].flatMap((key) => {
    const [now, then] = [had.get(key) ?? [], want.get(key) ?? []];
    if (alike(now, then)) return [];
    return [
      then.length === 0
        ? `${key} is closed`
        : `${key} is open to ${then.join(', ')}${now.length > 0 ? `, now to ${now.join(', ')}` : ''}`,
    ];
  });
}

function alike(now: readonly string[], then: readonly string[]): boolean {
  const left = now.filter((each) => !then.includes(each));
  const missing = then.filter((each) => !now.includes(each));
  if (missing.length === 1 && missing[0] === AUTO) return left.length === 1 && /\/(32|128)$/.test(left[0] ?? '');
  return left.length === 0 && missing.length === 0;
}
