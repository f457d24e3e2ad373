import type { BootstrapResult } from '../../operations/host/bootstrap.js';
import type { DestroyResult } from '../../operations/host/destroy.js';
import type { HostList, HostRow } from '../../operations/host/list.js';
import type { PowerResult } from '../../operations/host/power.js';
import type { ProvisionResult } from '../../operations/host/provision.js';
import type { SweepResult } from '../../operations/host/sweep.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { when } from '../time.js';
import { nextSteps, notes, type NextStep } from './parts.js';

/** Host and SSH port as people write them; an IPv6 address in brackets. */
const endpoint = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

function stateOf({ state }: HostRow, style: Style): string {
  if (state === 'running') return style.good(state);
  return state === 'not managed' ? style.dim(state) : style.warn(state);
}

/** Columns that are shown where at least one host has something in them. */
const OPTIONAL: [title: string, cell: (host: HostRow) => string | undefined][] = [
  ['ACCOUNT', (host) => host.scope],
  ['SIZE', (host) => host.size],
  ['A MONTH', (host) => (host.monthlyUsd === undefined ? undefined : dollars(host.monthlyUsd))],
];

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

/** Hosts as a table. */
export function hostTable(hosts: HostRow[], style: Style, now: number): string {
  const more = OPTIONAL.filter(([, cell]) => hosts.some((host) => cell(host) !== undefined));
  const rows = hosts.map((host) => [
    style.name(host.name),
    host.roles.join(', ') || '-',
    host.provider,
    stateOf(host, style),
    host.address ? endpoint(host.address, host.port ?? 22) : '-',
    host.createdAt ? when(host.createdAt, now) : '-',
    ...more.map(([, cell]) => cell(host) ?? '-'),
  ]);
  return table(['HOST', 'ROLES', 'PROVIDER', 'STATE', 'SSH', 'CREATED', ...more.map(([title]) => title)], rows, style);
}

/** What to know and do about the hosts of a list. */
export function hostNotes(hosts: HostRow[]): { notes: string[]; next: NextStep[] } {
  const strangers = hosts
    .filter((host) => !host.inFile)
    .map((host) => `${host.name} is at ${host.provider} and not in the fleet file.`);
  const drifted = hosts
    .filter((host) => host.drift?.length)
    .map((host) => `${host.name} differs from the fleet file: ${host.drift?.join('; ')}.`);
  const down = hosts.filter((host) => host.inFile && (host.state === 'missing' || host.state === 'stopped'));
  const only = down.length === 1 ? down[0]?.name : undefined;
  const next: NextStep[] =
    down.length === 0
      ? []
      : [[`fanops host provision ${only ?? '--all'}`, `makes or starts ${down.map((host) => host.name).join(', ')}`]];
  return { notes: [...strangers, ...drifted], next };
}

/** What one account costs; accounts are never added up. Prices that were read long ago are told. */
function costs(hosts: HostRow[]): string[] {
  const accounts = Map.groupBy(
    hosts.filter((host) => host.monthlyUsd !== undefined),
    (host) => [host.provider, host.scope].filter(Boolean).join(' '),
  );
  const old = [
    ...new Set(hosts.flatMap(({ provider, price }) => (price?.old ? [`${provider} of ${price.date}`] : []))),
  ];
  const dated = old.length > 0 ? [`Prices are old (${old.join(', ')}): fanops prices refresh reads current ones.`] : [];
  const unknown = [
    ...new Set(
      hosts.flatMap(({ noPrice, provider, size }) => (noPrice ? [`${provider} ${size ?? 'without a size'}`] : [])),
    ),
  ];
  const unpriced =
    unknown.length > 0
      ? [`No price is known of ${unknown.join(', ')}: fanops prices refresh reads what there is.`]
      : [];
  return [
    ...dated,
    ...unpriced,
    ...[...accounts].map(
      ([account, rows]) =>
        `${account}: ${dollars(rows.reduce((sum, row) => sum + (row.monthlyUsd ?? 0), 0))} a month ` +
        `for ${rows.length} that run, by list prices, without disks and traffic`,
    ),
  ];
}

export function renderHosts({ hosts, failed }: HostList, style: Style, now = Date.now()): string {
  if (hosts.length === 0 && failed.length === 0) return 'The fleet file names no hosts.';
  const told = hostNotes(hosts);
  return [
    hostTable(hosts, style, now),
    ...costs(hosts).map((line) => style.dim(line)),
    ...notes([...holes(failed), ...told.notes], style),
    ...nextSteps(told.next, style),
  ].join('\n');
}

/** What did not answer, then what to do about it, each once. */
const holes = (failed: HostList['failed']): string[] => [
  ...failed.map(({ provider, message }) => `The provider ${provider} did not answer: ${message}`),
  ...new Set(failed.flatMap(({ hint }) => hint ?? [])),
];

export function renderProvision({ run, hosts }: ProvisionResult, style: Style): string {
  if (hosts.length === 0) return 'No host of the fleet file has a provider: there is nothing to make.';
  const rows = hosts.map((host) => [
    style.name(host.name),
    host.provider,
    host.address ? endpoint(host.address, host.port) : '-',
    host.changed ? style.good('created, started or prepared') : 'unchanged',
  ]);
  const changed = hosts.some((host) => host.changed);
  return [
    table(['HOST', 'PROVIDER', 'SSH', ''], rows, style),
    style.dim(`Run ${run}`),
    ...nextSteps(changed ? [['fanops router apply', 'puts the router up'], ['fanops status']] : [], style),
  ].join('\n');
}

export function renderBootstrap({ run, host, login, tasks }: BootstrapResult, style: Style): string {
  const rows = tasks.map((task) => [task.title, task.changed ? style.good('done') : 'as it was', task.detail ?? '']);
  return [
    table(['STEP', '', ''], rows, style),
    `${style.name(host)} is ready for deployments as ${login}. ${style.dim(`Run ${run}`)}`,
  ].join('\n');
}

export function renderPower({ run, hosts }: PowerResult, style: Style): string {
  const rows = hosts.map(({ name, state, changed }) => [
    style.name(name),
    state,
    changed ? '' : style.dim('as it was'),
  ]);
  return [table(['HOST', 'STATE', ''], rows, style), style.dim(`Run ${run}`)].join('\n');
}

export function renderDestroy({ run, destroyed }: DestroyResult, style: Style): string {
  if (destroyed.length === 0) return 'Nothing was there to destroy.';
  return `Destroyed ${destroyed.map((host) => style.name(host)).join(', ')}. ${style.dim(`Run ${run}`)}`;
}

export function renderSweep({ swept, removed, failed }: SweepResult, style: Style): string {
  const said =
    removed.length === 0
      ? `Nothing of run ${swept} was found.`
      : `Removed of run ${swept}:\n${removed.map((each) => `  ${style.name(each)}`).join('\n')}`;
  return [said, ...notes(holes(failed), style)].join('\n');
}
