import type { PlacementStats, ServiceStats } from '../../operations/router/engine.js';
import type { RoutedPlacement } from '../../kit/route.js';
import type { Style } from '../style.js';

/** Head of the cells that `trafficCells` gives. */
export const TRAFFIC_HEAD = ['PLACEMENT', 'WEIGHT', 'REQUESTS', 'ERRORS', 'P50', 'P95', 'P99'];

/** `azure 90 %, vm 10 %`. */
export const weightsText = (placements: readonly RoutedPlacement[]): string =>
  placements.map(({ name, weight }) => `${name} ${weight} %`).join(', ');

/** A placement with its share and its figures. `official`: the service is placed there. */
export function trafficCells(
  placement: RoutedPlacement,
  stats: ServiceStats,
  official: boolean,
  style: Style,
): string[] {
  const figures = stats.placements[placement.name];
  return [
    `${style.name(placement.name)}${official ? ' *' : ''}`,
    placement.weight > 0 ? style.good(`${placement.weight} %`) : style.dim('0 %'),
    String(figures?.requests ?? 0),
    errors(figures, style),
    ...latencies(figures),
  ];
}

/** Says so when the figures of a service are not all there. */
export const holesIn = (service: string, stats: ServiceStats): string[] =>
  stats.complete ? [] : [`Part of the router's log of ${service} is lost: the figures are too low.`];

function errors(figures: PlacementStats | undefined, style: Style): string {
  if (!figures || figures.errors === 0) return '0';
  return style.bad(`${figures.errors} (${((figures.errors / figures.requests) * 100).toFixed(1)} %)`);
}

function latencies(figures: PlacementStats | undefined): string[] {
  const latency = figures?.latencyMs;
  return latency ? [latency.p50, latency.p95, latency.p99].map((ms) => `${Math.round(ms)} ms`) : ['-', '-', '-'];
}
