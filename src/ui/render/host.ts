import type { DestroyResult } from '../../operations/host/destroy.js';
import type { HostList, HostRow } from '../../operations/host/list.js';
import type { ProvisionResult } from '../../operations/host/provision.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { when } from '../time.js';
import { nextSteps, notes, type NextStep } from './parts.js';

/** Host and SSH port as people write them; an IPv6 address in brackets. */
const endpoint = (address: string, port: number): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;

function stateOf({ state }: HostRow, style: Style): string {
  if (state === 'running') return style.good(state);
  return state === 'not managed' ? style.dim(state) : style.warn(state);
}

/** Hosts as a table. */
export function hostTable(hosts: HostRow[], style: Style, now: number): string {
  const rows = hosts.map((host) => [
    style.name(host.name),
    host.roles.join(', ') || '-',
    host.provider,
    stateOf(host, style),
    host.address ? endpoint(host.address, host.port ?? 22) : '-',
    host.createdAt ? when(host.createdAt, now) : '-',
  ]);
  return table(['HOST', 'ROLES', 'PROVIDER', 'STATE', 'SSH', 'CREATED'], rows, style);
}

/** What to know and do about the hosts of a list. */
export function hostNotes(hosts: HostRow[]): { notes: string[]; next: NextStep[] } {
  const strangers = hosts.filter((host) => !host.inFile).map((host) => `${host.name} is at ${host.provider} and not in the fleet file.`);
  const down = hosts.filter((host) => host.inFile && (host.state === 'missing' || host.state === 'stopped'));
  const only = down.length === 1 ? down[0]?.name : undefined;
  const next: NextStep[] =
    down.length === 0 ? [] : [[`fanops host provision ${only ?? '--all'}`, `makes or starts ${down.map((host) => host.name).join(', ')}`]];
  return { notes: strangers, next };
}

export function renderHosts({ hosts, failed }: HostList, style: Style, now = Date.now()): string {
  if (hosts.length === 0 && failed.length === 0) return 'The fleet file names no hosts.';
  const told = hostNotes(hosts);
  const holes = failed.map(({ provider, message }) => `The provider ${provider} did not answer: ${message}`);
  return [hostTable(hosts, style, now), ...notes([...holes, ...told.notes], style), ...nextSteps(told.next, style)].join('\n');
}

export function renderProvision({ run, hosts }: ProvisionResult, style: Style): string {
  if (hosts.length === 0) return 'No host of the fleet file has a provider: there is nothing to make.';
  const rows = hosts.map((host) => [
    style.name(host.name),
    host.provider,
    host.address ? endpoint(host.address, host.port) : '-',
    host.changed ? style.good('created or started') : 'was running',
  ]);
  const changed = hosts.some((host) => host.changed);
  return [
    table(['HOST', 'PROVIDER', 'SSH', ''], rows, style),
    style.dim(`Run ${run}`),
    ...nextSteps(changed ? [['fanops router apply', 'puts the router up'], ['fanops status']] : [], style),
  ].join('\n');
}

export function renderDestroy({ run, destroyed }: DestroyResult, style: Style): string {
  if (destroyed.length === 0) return 'Nothing was there to destroy.';
  return `Destroyed ${destroyed.map((host) => style.name(host)).join(', ')}. ${style.dim(`Run ${run}`)}`;
}
