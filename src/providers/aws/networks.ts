import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';
import { waitFor } from '../../core/wait.js';
import type { Clock } from '../../core/clock.js';
import type { Listing, ProviderIo } from '../contracts/provider-io.js';
import {
  sortedRules,
  type Firewall,
  type FirewallRule,
  type FirewallSpec,
  type NetworkProvider,
} from '../contracts/networks.js';
import { ProviderError } from '../contracts/errors.js';
import { isOwned, notOurs } from '../contracts/not-ours.js';
import { ownerOf, tagsOf } from '../contracts/ownership.js';
import { calling, kindOf, providerError, unlessGone } from './errors.js';
import { itemsOf } from './patience.js';
import type { Regions } from './regions.js';
import type { AwsConfig, AwsSdk } from './sdk.js';
import { AWS, owned, PAGE, recordOf, specifications } from './tags.js';

const REMOVE_MS = 3 * 60_000;
const SEEN_MS = 60_000;

/** Security groups: one for each host. */
export class AwsNetworks implements NetworkProvider {
  constructor(
    private readonly sdk: AwsSdk,
    private readonly regions: Regions,
    private readonly config: AwsConfig,
    private readonly clock: Clock,
  ) {}

  list(fleet: string): Promise<Listing<Firewall>> {
    return this.regions.list(async (region) => (await this.#groups(region, fleet)).map(firewallOf));
  }

  async find(fleet: string, host: string): Promise<Firewall | undefined> {
    const [group] = await this.#groups(await this.regions.of(host), fleet, host);
    return group && firewallOf(group);
  }

  async ensure(spec: FirewallSpec, io: ProviderIo = {}): Promise<Firewall> {
    const region = await this.regions.of(spec.host);
    const present = (await this.find(spec.fleet, spec.host)) ?? (await this.#make(region, spec, io));
    await this.#bring(region, present, spec.rules, io);
    return { ...present, rules: sortedRules(spec.rules) };
  }

  async remove(fleet: string, host: string, io: ProviderIo = {}): Promise<void> {
    const region = await this.regions.of(host);
    const [{ DeleteSecurityGroupCommand }, client] = await Promise.all([import('./clients.js'), this.sdk.ec2(region)]);
    for (const group of await this.#groups(region, fleet, host)) {
      // The interface of a machine that was just terminated keeps the group for a while.
      await waitFor(
        async () => {
          try {
            await client.send(new DeleteSecurityGroupCommand({ GroupId: group.GroupId }));
          } catch (error) {
            const kind = kindOf(error);
            if (kind === 'CONFLICT') return { done: false, seen: 'a machine still uses it' };
            if (kind !== 'NOT_FOUND') throw providerError(error, `removing the security group of ${host}`);
          }
          return { done: true, value: undefined };
        },
        {
          clock: this.clock,
          what: `the security group of ${host} to be free`,
          timeoutMs: REMOVE_MS,
          intervalMs: 1000,
          maxMs: 10_000,
          signal: io.signal,
          onWait: io.progress,
        },
      );
    }
  }

  /**
   * Those of a fleet are asked for by their names, which nobody can change and which are found faster than tags; then
   * the tags tell, as others may have such names.
   */
  async #groups(region: string, fleet: string, host?: string): Promise<SecurityGroup[]> {
    const [{ paginateDescribeSecurityGroups }, client] = await Promise.all([
      import('./clients.js'),
      this.sdk.ec2(region),
    ]);
    const Filters =
      host === undefined ? [{ Name: 'group-name', Values: [`${groupName(fleet)}*`] }] : owned(fleet, host);
    const found = await calling(`listing security groups in ${region}`, () =>
      itemsOf(
        () => paginateDescribeSecurityGroups({ client, pageSize: PAGE }, { Filters }),
        (page) => page.SecurityGroups,
      ),
    );
    return found.filter(({ Tags }) => ownerOf(recordOf(Tags))?.fleet === fleet);
  }

  async #make(region: string, spec: FirewallSpec, io: ProviderIo): Promise<Firewall> {
    const name = groupName(spec.fleet, spec.host);
    const [{ CreateSecurityGroupCommand }, client] = await Promise.all([import('./clients.js'), this.sdk.ec2(region)]);
    const vpc = await this.#vpc(region);
    try {
      await client.send(
        new CreateSecurityGroupCommand({
          GroupName: name,
          Description: `Host ${spec.host} of the fleet ${spec.fleet}`,
          VpcId: vpc,
          TagSpecifications: specifications(['security-group'], tagsOf(spec)),
        }),
      );
    } catch (error) {
      if (kindOf(error) !== 'CONFLICT') throw providerError(error, `making the security group of ${spec.host}`);
      if (await this.#isForeign(region, name, spec)) throw notOurs(AWS, 'security group', name, spec);
    }
    return waitFor(
      async () => {
        const found = await this.find(spec.fleet, spec.host);
        return found ? { done: true, value: found } : { done: false, seen: 'not listed yet' };
      },
      {
        clock: this.clock,
        what: `the security group ${name} to be listed`,
        timeoutMs: SEEN_MS,
        signal: io.signal,
        onWait: io.progress,
        hint: `If a security group named ${name} exists that fanops did not make, rename or remove it.`,
      },
    );
  }

  /**
   * Whether a group of that name is there whose tags do not name the host. One that was made a moment ago may not be
   * listed yet.
   */
  async #isForeign(region: string, name: string, spec: FirewallSpec): Promise<boolean> {
    const [{ DescribeSecurityGroupsCommand }, client] = await Promise.all([
      import('./clients.js'),
      this.sdk.ec2(region),
    ]);
    const { SecurityGroups = [] } = await calling(`looking for ${name}`, () =>
      client.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: [name] }] })),
    );
    return SecurityGroups.length > 0 && !SecurityGroups.some(({ Tags }) => isOwned(recordOf(Tags), spec));
  }

  /** The network of the subnet that hosts go to. */
  async #vpc(region: string): Promise<string | undefined> {
    if (!this.config.subnet) return undefined;
    const [{ DescribeSubnetsCommand }, client] = await Promise.all([import('./clients.js'), this.sdk.ec2(region)]);
    const { Subnets: [subnet] = [] } = await calling(`looking up ${this.config.subnet}`, () =>
      client.send(new DescribeSubnetsCommand({ SubnetIds: [this.config.subnet ?? ''] })),
    );
    return subnet?.VpcId;
  }

  /** Adds what lacks first, then takes away what is too much, so that nobody who may come in is shut out in between. */
  async #bring(region: string, present: Firewall, rules: FirewallRule[], io: ProviderIo): Promise<void> {
    const [{ AuthorizeSecurityGroupIngressCommand, RevokeSecurityGroupIngressCommand }, client] = await Promise.all([
      import('./clients.js'),
      this.sdk.ec2(region),
    ]);
    const wanted = single(rules);
    const now = single(present.rules);
    for (const [key, rule] of wanted) {
      if (now.has(key)) continue;
      await this.#soon(present, io, async () =>
        client.send(
          new AuthorizeSecurityGroupIngressCommand({ GroupId: present.id, IpPermissions: [permission(rule)] }),
        ),
      );
    }
    for (const [key, rule] of now) {
      if (!wanted.has(key))
        await calling('removing a firewall rule', () =>
          unlessGone(() =>
            client.send(
              new RevokeSecurityGroupIngressCommand({ GroupId: present.id, IpPermissions: [permission(rule)] }),
            ),
          ),
        );
    }
  }

  /** A group that was just made may be unknown for a moment to the next call. */
  #soon(group: Firewall, io: ProviderIo, call: () => Promise<unknown>): Promise<void> {
    return waitFor(
      async () => {
        try {
          await call();
        } catch (error) {
          if (kindOf(error) === 'NOT_FOUND') return { done: false, seen: 'not known yet' };
          if (!(kindOf(error) === 'CONFLICT')) throw providerError(error, 'adding a firewall rule');
        }
        return { done: true, value: undefined };
      },
      {
        clock: this.clock,
        what: `${group.id} to be known`,
        timeoutMs: SEEN_MS,
        signal: io.signal,
        onWait: io.progress,
      },
    );
  }
}

/** Name of the group of a host, or how those of a fleet begin. */
const groupName = (fleet: string, host = ''): string => `fanops-${fleet}-${host}`;

const isV6 = (cidr: string): boolean => cidr.includes(':');

function permission({ protocol, ports, from, purpose }: FirewallRule): IpPermission {
  const v4 = from.filter((cidr) => !isV6(cidr)).map((CidrIp) => ({ CidrIp, Description: purpose }));
  const v6 = from.filter(isV6).map((CidrIpv6) => ({ CidrIpv6, Description: purpose }));
  return {
    IpProtocol: protocol,
    FromPort: ports[0],
    ToPort: ports[1],
    ...(v4.length > 0 ? { IpRanges: v4 } : {}),
    ...(v6.length > 0 ? { Ipv6Ranges: v6 } : {}),
  };
}

/** Rules of one network each, by what they let in. */
const single = (rules: readonly FirewallRule[]): Map<string, FirewallRule> =>
  new Map(
    rules.flatMap((rule) =>
      rule.from.map((cidr) => [`${rule.protocol} ${rule.ports.join('-')} ${cidr}`, { ...rule, from: [cidr] }]),
    ),
  );

function firewallOf(group: SecurityGroup): Firewall {
  const owner = ownerOf(recordOf(group.Tags));
  if (!group.GroupId || !owner)
    throw new ProviderError('AWS: a security group without an id or tags was listed.', {
      provider: 'aws',
      code: 'PROVIDER',
    });
  const rules = new Map<string, FirewallRule>();
  for (const { IpProtocol, FromPort = 0, ToPort = 65535, IpRanges = [], Ipv6Ranges = [] } of group.IpPermissions ??
    []) {
    const ranges = [
      ...IpRanges.map((range) => [range.CidrIp ?? '', range.Description ?? ''] as const),
      ...Ipv6Ranges.map((range) => [range.CidrIpv6 ?? '', range.Description ?? ''] as const),
    ];
    for (const [cidr, purpose] of ranges) {
      const key = `${IpProtocol} ${FromPort}-${ToPort} ${purpose}`;
      const rule = rules.get(key) ?? {
        protocol: IpProtocol === 'udp' ? 'udp' : 'tcp',
        ports: [FromPort, ToPort],
        from: [],
        purpose,
      };
      rule.from.push(cidr);
      rules.set(key, rule);
    }
  }
  return { id: group.GroupId, owner, rules: sortedRules([...rules.values()]) };
}
