import { expect, test } from 'vitest';
import type { PlacementStats, ServiceStats } from '../../../../src/operations/router/engine.js';
import { figures, gateLimits, judge } from '../../../../src/operations/router/gate.js';

const stats = (requests: number, errors = 0, p95: number | null = 20): PlacementStats => ({
  requests,
  errors,
  clientErrors: 0,
  latencyMs: p95 === null ? null : { p50: p95 / 2, p95, p99: p95, max: p95 },
});
const limits = gateLimits();
const seen = (vm: PlacementStats | undefined, complete = true): ServiceStats => ({
  complete,
  placements: vm ? { vm } : {},
});

const old = (baseline: PlacementStats | undefined) => ({ concurrent: undefined, baseline });

test('limits and their defaults', () => {
  expect(limits).toEqual({
    maxErrorRate: 0.01,
    maxShareIncrease: 0.02,
    maxLatencyRatio: 3,
    latencyFloorMs: 250,
    minRequests: 5,
    timeoutMs: 60_000,
  });
  expect(
    gateLimits({ maxErrorRate: 0, latencyFloor: '1s', timeout: '2m', minRequests: 1, maxLatencyRatio: 1.5 }),
  ).toEqual({
    maxErrorRate: 0,
    maxShareIncrease: 0.02,
    maxLatencyRatio: 1.5,
    latencyFloorMs: 1000,
    minRequests: 1,
    timeoutMs: 120_000,
  });
});

test.each<[string, PlacementStats | undefined, PlacementStats | undefined, string]>([
  ['no figures at all', undefined, undefined, 'open: 0 of 5 answers needed'],
  ['too few answers', stats(4), stats(100), 'open: 4 of 5 answers needed'],
  ['too few answers, all of them errors', stats(4, 4), stats(100), 'open: 4 of 5 answers needed'],
  ['just enough answers', stats(5), stats(100), 'pass'],
  ['answers without a latency', stats(9, 0, null), stats(100), 'open: no latency was measured'],
  ['as many errors as may be', stats(100, 1), stats(100), 'pass'],
  [
    'one error too many',
    stats(100, 2),
    stats(100),
    'breach: 2 of 100 answers are errors (2.0 %, at most 1.0 % may be)',
  ],
  [
    'one error in few answers',
    stats(5, 1),
    stats(100),
    'breach: 1 of 5 answers are errors (20.0 %, at most 1.0 % may be)',
  ],
  ['slow, but below the floor', stats(9, 0, 250), stats(100, 0, 10), 'pass'],
  [
    'slower than the floor and than three times the old side',
    stats(9, 0, 301),
    stats(100, 0, 100),
    'breach: 95 % of the answers take up to 301 ms; at most 300 ms may be (old side 100 ms)',
  ],
  ['three times the old side', stats(9, 0, 300), stats(100, 0, 100), 'pass'],
  [
    'no baseline: the floor alone decides',
    stats(9, 0, 251),
    undefined,
    'breach: 95 % of the answers take up to 251 ms; at most 250 ms may be',
  ],
  ['no baseline latency', stats(9, 0, 100), stats(0, 0, null), 'pass'],
])('%s', (_name, fresh, baseline, expected) => {
  const verdict = judge(limits, seen(fresh), 'vm', old(baseline));
  expect(verdict.state === 'pass' ? 'pass' : `${verdict.state}: ${verdict.reason}`).toBe(expected);
});

test('with no error allowed one is a breach', () => {
  expect(judge({ ...limits, maxErrorRate: 0 }, seen(stats(1000, 1)), 'vm', old(undefined)).state).toBe('breach');
});

test('a log that is not all there proves nothing good, but errors in it count', () => {
  expect(judge(limits, seen(stats(100), false), 'vm', old(stats(100)))).toEqual({
    state: 'open',
    reason: 'a part of the access log is missing',
  });
  expect(judge(limits, seen(stats(100, 50), false), 'vm', old(stats(100))).state).toBe('breach');
  expect(
    judge(limits, { ...seen(stats(100), false), gap: 'the access log was rotated away' }, 'vm', old(stats(100))),
  ).toEqual({
    state: 'open',
    reason: 'a part of the access log is missing: the access log was rotated away',
  });
});

test('figures in a few words', () => {
  expect(figures({ complete: true, placements: { azure: stats(91, 1, 30.6) } }, ['azure', 'vm'])).toBe(
    'azure 91 requests, 1 errors, p95 31 ms; vm 0 requests, 0 errors',
  );
});
