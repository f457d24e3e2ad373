import { performance } from 'node:perf_hooks';
import { durationBounds, type FunctionFigures, type FunctionMetrics } from './function-metrics.js';
import type { Family, Labels, Sample } from './exposition.js';

/** How late the last scheduled run of a timer began, ms; undefined for what is no timer of this process. */
export type TimerLag = (name: string) => number | undefined;

/** What this process has to tell; the label that says which process comes from who collects (see `peers.ts`). */
export function processFamilies(metrics: FunctionMetrics, timerLag: TimerLag): Family[] {
  return [...functionFamilies(metrics, timerLag), ...nodeFamilies()];
}

function functionFamilies({ figures, running }: FunctionMetrics, timerLag: TimerLag): Family[] {
  const each = (value: (figures: FunctionFigures, index: number) => number | undefined): Sample[] =>
    figures.flatMap((of, index) => {
      const found = value(of, index);
      return found === undefined ? [] : [{ labels: labelsOf(of), value: found }];
    });
  return [
    {
      name: 'fanops_function_calls_total',
      type: 'counter',
      help: 'Invocations that ended, retries included.',
      samples: each(({ calls }) => calls),
    },
    {
      name: 'fanops_function_errors_total',
      type: 'counter',
      help: 'Invocations that failed.',
      samples: each(({ errors }) => errors),
    },
    {
      name: 'fanops_function_running',
      type: 'gauge',
      help: 'Invocations under way.',
      samples: each((_figures, index) => running[index]),
    },
    {
      name: 'fanops_function_duration_seconds',
      type: 'histogram',
      help: 'Duration of invocations.',
      samples: figures.flatMap(histogram),
    },
    {
      name: 'fanops_timer_lag_seconds',
      type: 'gauge',
      help: 'How late the last scheduled run of a timer began.',
      samples: each(({ name }) => seconds(timerLag(name))),
    },
  ];
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function histogram(figures: FunctionFigures): Sample[] {
  const labels = labelsOf(figures);
  let count = 0;
  const buckets = [...durationBounds, Infinity].map((bound, index): Sample => {
    count += figures.buckets[index] ?? 0;
    return { suffix: '_bucket', labels: { ...labels, le: bound === Infinity ? '+Inf' : String(bound) }, value: count };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels, value: figures.duration },
    { suffix: '_count', labels, value: figures.calls },
  ];
}

function nodeFamilies(): Family[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const one = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name,
    type,
    help,
    samples: [{ labels: {}, value }],
  });
  return [
    one(
      'process_start_time_seconds',
      'gauge',
      'Start of the process, seconds since 1970.',
      Math.round(performance.timeOrigin) / 1000,
    ),
    one('process_cpu_seconds_total', 'counter', 'User and system CPU time.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Resident memory.', rss),
    one('nodejs_heap_used_bytes', 'gauge', 'Used JavaScript heap.', heapUsed),
    one(
      'nodejs_eventloop_utilization',
      'gauge',
      'Share of time in which the event loop was busy, since the start.',
      performance.eventLoopUtilization().utilization,
    ),
  ];
}

function labelsOf({ name, trigger }: FunctionFigures): Labels {
  return { function: name, trigger };
}
