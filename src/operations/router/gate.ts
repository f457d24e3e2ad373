import { parseDuration } from '../../core/duration.js';
import type { GateConfig } from '../../fleet/schema.js';
import type { ServiceStats } from './engine.js';
import { compareShares, type OldSide, type Verdict } from './shares.js';

/** The limits of a gate, durations in milliseconds. */
export interface GateLimits {
  maxErrorRate: number;
  /**
   * By how much the share of a class of status may be above that of the old side; absent in plans of older versions.
   */
  maxShareIncrease?: number;
  maxLatencyRatio: number;
  latencyFloorMs: number;
  minRequests: number;
  timeoutMs: number;
}

const MAX_SHARE_INCREASE = 0.02;

/** The gate of a service with its defaults filled in. */
export function gateLimits(config: GateConfig = {}): GateLimits {
  return {
    maxErrorRate: config.maxErrorRate ?? 0.01,
    maxShareIncrease: config.maxShareIncrease ?? MAX_SHARE_INCREASE,
    maxLatencyRatio: config.maxLatencyRatio ?? 3,
    latencyFloorMs: parseDuration(config.latencyFloor ?? '250ms', 'gate.latencyFloor'),
    minRequests: config.minRequests ?? 5,
    timeoutMs: parseDuration(config.timeout ?? '1m', 'gate.timeout'),
  };
}

/**
 * Judges the new side by its own answers since the step began, and by the answers and the latency of the old side. It
 * passes only on figures: what cannot be measured is `open`, never a pass.
 */
export function judge(limits: GateLimits, stats: ServiceStats, to: string, { concurrent, baseline }: OldSide): Verdict {
  const fresh = stats.placements[to];
  const { requests = 0, errors = 0 } = fresh ?? {};
  const rate = requests === 0 ? 0 : errors / requests;
  if (errors > 0 && rate > limits.maxErrorRate && requests >= limits.minRequests) {
    return {
      state: 'breach',
      reason:
        `${errors} of ${requests} answers are errors (${percent(rate)}, at most ` +
        `${percent(limits.maxErrorRate)} may be)`,
    };
  }
  const maxShareIncrease = limits.maxShareIncrease ?? MAX_SHARE_INCREASE;
  const shares = fresh ? compareShares({ ...limits, maxShareIncrease }, fresh, { concurrent, baseline }) : undefined;
  if (shares?.state === 'breach' && requests >= limits.minRequests) return shares;
  if (!stats.complete)
    return { state: 'open', reason: `a part of the access log is missing${stats.gap ? `: ${stats.gap}` : ''}` };
  if (requests < limits.minRequests)
    return { state: 'open', reason: `${requests} of ${limits.minRequests} answers needed` };
  const p95 = fresh?.latencyMs?.p95;
  if (p95 === undefined) return { state: 'open', reason: 'no latency was measured' };
  const old = baseline?.latencyMs?.p95;
  const ceiling = Math.max(limits.latencyFloorMs, (old ?? 0) * limits.maxLatencyRatio);
  if (p95 > ceiling) {
    return {
      state: 'breach',
      reason:
        `95 % of the answers take up to ${Math.round(p95)} ms; at most ` +
        `${Math.round(ceiling)} ms may ` +
        `be${old === undefined ? '' : ` (old side ${Math.round(old)} ms)`}`,
    };
  }
  return shares ?? { state: 'pass' };
}

/** The figures of both sides in a few words, for progress. */
export function figures(stats: ServiceStats, names: string[]): string {
  return names
    .map((name) => {
      const { requests = 0, errors = 0, clientErrors = 0, latencyMs } = stats.placements[name] ?? {};
      const refused = clientErrors > 0 ? `, ${clientErrors} client errors` : '';
      return (
        `${name} ${requests} requests, ${errors} ` +
        `errors${refused}${latencyMs ? `, p95 ${Math.round(latencyMs.p95)} ms` : ''}`
      );
    })
    .join('; ');
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
