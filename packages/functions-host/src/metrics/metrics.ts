import type { HostState } from '../lifecycle/state.js';
import { exposition, type Family } from './exposition.js';
import type { FunctionMetrics } from './function-metrics.js';
import { MetricsPeers } from './peers.js';
import { processFamilies, type TimerLag } from './process-families.js';
import type { QueueDepth } from './queue-depth.js';

export interface MetricsSources {
  functions: FunctionMetrics;
  queues: QueueDepth;
  timerLag: TimerLag;
  state: HostState;
  /** Shared by the processes of the app. */
  stateDir: string;
  /** PM2's number of this process. */
  process: string;
}

/**
 * The answer of `/_fanops/metrics`: every process of the app with a `process` label, and what they share without one.
 */
export class HostMetrics {
  #peers: MetricsPeers;

  constructor(private readonly sources: MetricsSources) {
    const { process, state, stateDir, functions, timerLag } = sources;
    this.#peers = new MetricsPeers(stateDir, () => ({
      process,
      startedAt: state.startedAt.getTime(),
      families: processFamilies(functions, timerLag),
    }));
  }

  open(): Promise<void> {
    return this.#peers.open();
  }

  close(): Promise<void> {
    return this.#peers.close();
  }

  async text(): Promise<string> {
    const [reports, depth] = await Promise.all([this.#peers.reports(), this.sources.queues.family()]);
    const own = reports.flatMap(({ process, families }) =>
      families.map((family): Family => ({
        ...family,
        samples: family.samples.map((sample) => ({ ...sample, labels: { ...sample.labels, process } })),
      })),
    );
    return exposition([this.#info(), this.#functionStates(), depth, ...own]);
  }

  #info(): Family {
    const { app, version, release = '' } = this.sources.state.health();
    return {
      name: 'fanops_host_info',
      type: 'gauge',
      help: 'What runs here.',
      samples: [{ labels: { app, version, release }, value: 1 }],
    };
  }

  #functionStates(): Family {
    const samples = this.sources.state
      .health()
      .functions.map(({ name, state }) => ({ labels: { function: name, state }, value: 1 }));
    return {
      name: 'fanops_function_state',
      type: 'gauge',
      help: 'Whether a function is ready, disabled or in error.',
      samples,
    };
  }
}
