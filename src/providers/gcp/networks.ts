import type { protos } from '@google-cloud/compute';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import {
  sortedRules,
  type Firewall,
  type FirewallRule,
  type FirewallSpec,
  type NetworkProvider,
} from '../contracts/networks.js';
import { notOurs } from '../contracts/not-ours.js';
import type { Ownership } from '../contracts/ownership.js';
import type { GcpCalls } from './calls.js';
import { kindOf } from './errors.js';
import { GCP, ruleName, thingName } from './labels.js';

type Rule = protos.google.cloud.compute.v1.IFirewall;

/**
 * Firewall rules of a host: one for each purpose, aimed at the host's network tag. They have no labels, so the
 * description tells whose they are.
 */
export class GcpNetworks implements NetworkProvider {
  constructor(private readonly calls: GcpCalls) {}

  async list(fleet: string): Promise<Listing<Firewall>> {
    const byHost = new Map<string, Rule[]>();
    for (const rule of await this.#rules(fleet)) {
      const host = ownerIn(rule)?.host ?? '';
      byHost.set(host, [...(byHost.get(host) ?? []), rule]);
    }
    return { items: [...byHost.values()].map(firewallOf), failed: [] };
  }

  async find(fleet: string, host: string): Promise<Firewall | undefined> {
    const rules = await this.#rules(fleet, host);
    return rules.length > 0 ? firewallOf(rules) : undefined;
  }

  async ensure(spec: FirewallSpec, io: ProviderIo = {}): Promise<Firewall> {
    const present = new Map((await this.#rules(spec.fleet, spec.host)).map((rule) => [rule.name ?? '', rule]));
    const wanted = spec.rules.map((rule) => this.#resource(spec, rule));
    for (const firewallResource of wanted) {
      const { name = '' } = firewallResource;
      const now = present.get(name ?? '');
      if (now && same(now, firewallResource)) continue;
      await this.#put(firewallResource, now !== undefined, io);
    }
    for (const name of present.keys()) if (!wanted.some((rule) => rule.name === name)) await this.#delete(name, io);
    return { id: thingName(spec.fleet, spec.host), owner: ownerOfSpec(spec), rules: sortedRules(spec.rules) };
  }

  async remove(fleet: string, host: string, io: ProviderIo = {}): Promise<void> {
    for (const { name } of await this.#rules(fleet, host)) await this.#delete(name ?? '', io);
  }

  async #rules(fleet: string, host?: string): Promise<Rule[]> {
    const { project } = this.calls.config;
    const all = await this.calls.all('listing firewall rules', ({ firewalls }, pageToken) =>
      firewalls.list({ project, pageToken }, { autoPaginate: false }),
    );
    return all.filter((rule) => {
      const owner = ownerIn(rule);
      return owner?.fleet === fleet && (host === undefined || owner.host === host);
    });
  }

  async #put(firewallResource: Rule, exists: boolean, io: ProviderIo): Promise<void> {
    const { project } = this.calls.config;
    const firewall = firewallResource.name ?? '';
    try {
      await this.calls.change(
        `${exists ? 'changing' : 'making'} the firewall rule ${firewall}`,
        ({ firewalls }, id) =>
          exists
            ? firewalls.patch({ project, firewall, firewallResource, requestId: id })
            : firewalls.insert({ project, firewallResource, requestId: id }),
        io,
      );
    } catch (error) {
      if (exists || kindOf(error) !== 'CONFLICT') throw error;
      const present = await this.calls.look(
        `looking for the firewall rule ${firewall}`,
        async ({ firewalls }) => (await firewalls.get({ project, firewall }))[0],
        io,
      );
      const [owner, wanted] = [present && ownerIn(present), ownerIn(firewallResource)];
      if (present && wanted && (owner?.fleet !== wanted.fleet || owner.host !== wanted.host))
        throw notOurs(GCP, 'firewall rule', firewall, wanted);
      await this.#put(firewallResource, true, io); // an earlier try whose answer was lost made it
    }
  }

  async #delete(firewall: string, io: ProviderIo): Promise<void> {
    await this.calls.takeAway(
      `removing the firewall rule ${firewall}`,
      ({ firewalls }, id) => firewalls.delete({ project: this.calls.config.project, firewall, requestId: id }),
      io,
    );
  }

  #resource(spec: FirewallSpec, { protocol, ports, from, purpose }: FirewallRule): Rule {
    const range = ports[0] === ports[1] ? String(ports[0]) : ports.join('-');
    return {
      name: ruleName(spec.fleet, spec.host, `${protocol}-${range}`),
      network: `projects/${this.calls.config.project}/global/networks/${this.calls.config.network ?? 'default'}`,
      description: JSON.stringify({ fanops: ownerOfSpec(spec), purpose }),
      direction: 'INGRESS',
      allowed: [{ IPProtocol: protocol, ports: [range] }],
      sourceRanges: [...from].sort(),
      targetTags: [thingName(spec.fleet, spec.host)],
    };
  }
}

const ownerOfSpec = ({ fleet, host, run }: FirewallSpec): Ownership => ({ fleet, host, run });

function described(rule: Rule): { fanops?: Ownership; purpose?: string } {
  try {
    return (JSON.parse(rule.description ?? '') as { fanops?: Ownership; purpose?: string } | null) ?? {};
  } catch {
    return {}; // a rule of somebody else
  }
}

const ownerIn = (rule: Rule): Ownership | undefined => described(rule).fanops;

const same = (now: Rule, wanted: Rule): boolean =>
  JSON.stringify([...(now.sourceRanges ?? [])].sort()) === JSON.stringify(wanted.sourceRanges) &&
  described(now).purpose === described(wanted).purpose;

function firewallOf(rules: readonly Rule[]): Firewall {
  const owner = ownerIn(rules[0] ?? {}) ?? { fleet: '', host: '', run: '' };
  return {
    id: thingName(owner.fleet, owner.host),
    owner,
    rules: sortedRules(
      rules.map((rule) => {
        const { IPProtocol, ports } = rule.allowed?.[0] ?? {};
        const range = ports?.[0] ?? '0-65535';
        const [first = 0, last = first] = range.split('-').map(Number);
        return {
          protocol: IPProtocol === 'udp' ? 'udp' : 'tcp',
          ports: [first, last],
          from: [...(rule.sourceRanges ?? [])],
          purpose: described(rule).purpose ?? '',
        };
      }),
    ),
  };
}
