import { formatDuration } from '../../core/duration.js';
import type { FinishResult } from '../../operations/migrate/finish.js';
import type { MigrateResult } from '../../operations/migrate/migrate.js';
import type { RollbackResult } from '../../operations/migrate/rollback.js';
import type { MigrateStatus } from '../../operations/migrate/status.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { when } from '../time.js';
import { cutLine, nextSteps, notes, type NextStep } from './parts.js';
import { holesIn, TRAFFIC_HEAD, trafficCells } from './traffic.js';

/** The two ways that are open after a migration. */
const bothWays = (service: string, old: string): NextStep[] => [
  [`fanops migrate rollback ${service}`, `goes back to ${old}`],
  [`fanops migrate finish ${service}`, `retires ${old}`],
];

export function renderMigrate(result: MigrateResult, style: Style): string {
  const { run, service, from, to, changed, release, cutover, cut, ms } = result;
  if (!changed) return `${style.name(service)} is on ${to} already. Nothing was changed.`;
  const widest = Math.max(0, ...cutover.map(({ percent }) => String(percent).length));
  return [
    `${style.good('Done.')} ${style.name(service)} moved from ${from} to ${style.bold(to)}.`,
    ...cutover.map(({ percent, seen }) => `  ${String(percent).padStart(widest)} %  ${seen || 'held'}`),
    ...cutLine(cut, style),
    style.dim(`Run ${run}, ${formatDuration(ms)}${release ? `, release ${release}` : ''}`),
    ...notes(result.notes, style),
    ...nextSteps([[`fanops migrate status ${service}`], ...bothWays(service, from)], style),
  ].join('\n');
}

function stateLine({ state, service, placement, previous }: MigrateStatus, style: Style): string {
  const name = style.name(service);
  if (state === 'split')
    return `${name} is placed on ${style.bold(placement)}, and its traffic is ${style.warn('split')}.`;
  if (state === 'open')
    return (
      `${name} is on ${style.bold(placement)}. The migration is ${style.warn('open')}: it can ` +
      `go back to ${previous ?? '-'}.`
    );
  return `${name} is on ${style.bold(placement)}, and no migration is open.`;
}

function stateSteps({ state, service, placement, previous, placements }: MigrateStatus): NextStep[] {
  if (state === 'split') return [[`fanops migrate rollback ${service}`, `sends all traffic to ${placement}`]];
  if (previous) return bothWays(service, previous);
  return placements.length > 1 ? [[`fanops migrate ${service}`]] : [];
}

/** Where a service is that no route leads to: there are no figures of requests. */
function renderUnrouted(status: MigrateStatus, style: Style, now: number): string {
  const since =
    status.since === '' ? 'No migration has placed it there' : `Since ${when(status.since, now)}, run ${status.run}`;
  return [
    stateLine(status, style),
    style.dim(`No route leads to it: it has timers and queue triggers only. ${since}.`),
    ...nextSteps(stateSteps(status), style),
  ].join('\n');
}

export function renderMigrateStatus(status: MigrateStatus, style: Style, now = Date.now()): string {
  if (status.placements.length === 0) return renderUnrouted(status, style, now);
  const rows = status.placements.map((placement) =>
    trafficCells(placement, status.stats, placement.name === status.placement, style),
  );
  return [
    stateLine(status, style),
    '',
    table(TRAFFIC_HEAD, rows, style),
    style.dim(
      '* placed there. Figures of the last ten minutes. Since ' +
        `${when(status.since, now)}${status.run ? `, run ${status.run}` : ''}.`,
    ),
    ...notes(holesIn(status.service, status.stats), style),
    ...nextSteps(stateSteps(status), style),
  ].join('\n');
}

export function renderMigrateRollback(result: RollbackResult, style: Style): string {
  const { run, service, from, to, cut, ms, notes: texts = [] } = result;
  return [
    `${style.good('Done.')} ${style.name(service)} is back on ${style.bold(to)}; ${from} gets no traffic.`,
    ...cutLine(cut, style),
    style.dim(`Run ${run}, ${formatDuration(ms)}`),
    ...notes(texts, style),
    ...nextSteps(
      [[`fanops migrate status ${service}`], [`fanops migrate ${service} --to ${from}`, 'tries again']],
      style,
    ),
  ].join('\n');
}

export function renderMigrateFinish(
  { run, service, placement, retired, cut, notes: texts }: FinishResult,
  style: Style,
): string {
  return [
    `${style.good('Done.')} ${style.name(service)} stays on ${style.bold(placement)}; ${retired} is retired.`,
    ...cutLine(cut, style),
    style.dim(`Run ${run}`),
    ...notes(texts, style),
  ].join('\n');
}
