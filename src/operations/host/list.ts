import { messageOf } from '../../core/errors.js';
import type { OperationContext } from '../context.js';

export interface HostRow {
  name: string;
  /** `existing` for a machine that only has an address. */
  provider: string;
  roles: string[];
  state: string;
  address?: string;
  port?: number;
  createdAt?: string;
  /** False for a machine that a provider has and the file does not name. */
  inFile: boolean;
}

export interface HostList {
  hosts: HostRow[];
  /** Providers that did not answer, so that the list may lack their hosts. */
  failed: { provider: string; message: string }[];
}

/** The hosts of the fleet file beside what their providers have. */
export async function hostList(ctx: OperationContext): Promise<HostList> {
  const fleet = await ctx.fleet();
  const hosts: HostRow[] = [];
  const failed: HostList['failed'] = [];
  const providers = new Set(fleet.hostNames().map((name) => fleet.host(name).provider).filter((name) => name !== undefined));
  for (const provider of providers) {
    const named = fleet.hostNames().filter((name) => fleet.host(name).provider === provider);
    try {
      const { items: present, failed: silent } = (await (await ctx.provider(provider)).instances?.list(fleet.name)) ?? { items: [], failed: [] };
      failed.push(...silent.map(({ where, message }) => ({ provider: `${provider} ${where}`, message })));
      for (const name of new Set([...named, ...present.map((instance) => instance.name)])) {
        const instance = present.find((each) => each.name === name);
        hosts.push({
          name, provider, roles: named.includes(name) ? fleet.host(name).roles : [], state: instance?.state ?? 'missing',
          address: instance?.endpoint?.address, port: instance?.endpoint?.port, createdAt: instance?.createdAt, inFile: named.includes(name),
        });
      }
    } catch (error) {
      failed.push({ provider, message: messageOf(error) });
      hosts.push(...named.map((name) => ({ name, provider, roles: fleet.host(name).roles, state: 'unknown', inFile: true })));
    }
  }
  for (const name of fleet.hostNames().filter((each) => !fleet.host(each).provider)) {
    const { address, port, roles } = fleet.host(name);
    hosts.push({ name, provider: 'existing', roles, state: 'not managed', address, port: port ?? 22, inFile: true });
  }
  return { hosts, failed };
}
