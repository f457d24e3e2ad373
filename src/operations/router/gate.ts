import { parseDuration } from '../../core/duration.js';
import type { GateConfig } from '../../fleet/schema.js';
import type { PlacementStats, ServiceStats } from './engine.js';

/** The limits of a gate, durations in milliseconds. */
export interface GateLimits {
  maxErrorRate: number;
  maxLatencyRatio: number;
  latencyFloorMs: number;
  minRequests: number;
  timeoutMs: number;
}

/** The gate of a service with its defaults filled in. */
export function gateLimits(config: GateConfig = {}): GateLimits {
  return {
    maxErrorRate: config.maxErrorRate ?? 0.01,
    maxLatencyRatio: config.maxLatencyRatio ?? 3,
    latencyFloorMs: parseDuration(config.latencyFloor ?? '250ms', 'gate.latencyFloor'),
    minRequests: config.minRequests ?? 5,
    timeoutMs: parseDuration(config.timeout ?? '1m', 'gate.timeout'),
  };
}

/** What the figures say. `open`: too few answers to tell. */
export type Verdict = { state: 'pass' } | { state: 'breach'; reason: string } | { state: 'open'; reason: string };

/**
 * Judges the new side by its own answers since the step began, and by the latency of the old side. It passes only on figures:
 * what cannot be measured is `open`, never a pass.
 */
export function judge(limits: GateLimits, stats: ServiceStats, to: string, baseline: PlacementStats | undefined): Verdict {
  const fresh = stats.placements[to];
  const { requests = 0, errors = 0 } = fresh ?? {};
  const rate = requests === 0 ? 0 : errors / requests;
  if (errors > 0 && rate > limits.maxErrorRate && requests >= limits.minRequests) {
    return { state: 'breach', reason: `${errors} of ${requests} answers are errors (${percent(rate)}, at most ${percent(limits.maxErrorRate)} may be)` };
  }
  if (!stats.complete) return { state: 'open', reason: 'a part of the access log is missing' };
  if (requests < limits.minRequests) return { state: 'open', reason: `${requests} of ${limits.minRequests} answers needed` };
  const p95 = fresh?.latencyMs?.p95;
  if (p95 === undefined) return { state: 'open', reason: 'no latency was measured' };
  const old = baseline?.latencyMs?.p95;
  const ceiling = Math.max(limits.latencyFloorMs, (old ?? 0) * limits.maxLatencyRatio);
  if (p95 > ceiling) {
    return { state: 'breach', reason: `95 % of the answers take up to ${Math.round(p95)} ms; at most ${Math.round(ceiling)} ms may be${old === undefined ? '' : ` (old side ${Math.round(old)} ms)`}` };
  }
  return { state: 'pass' };
}

/** The figures of both sides in a few words, for progress. */
export function figures(stats: ServiceStats, names: string[]): string {
  return names.map((name) => {
    const { requests = 0, errors = 0, latencyMs } = stats.placements[name] ?? {};
    return `${name} ${requests} requests, ${errors} errors${latencyMs ? `, p95 ${Math.round(latencyMs.p95)} ms` : ''}`;
  }).join('; ');
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
