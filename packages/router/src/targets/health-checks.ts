import { hasSeveralTargets, targetsOf, type Target } from 'fanops-protocol';
import { baselineOf, healthOf, judgeAnswer } from '../probe.js';
import type { ProbeContext } from '../probe-path.js';
import { probeOnce, type ProbeLimits } from '../probe-request.js';
import type { Route, RouterState } from '../state.js';
import { connectionFailure } from './failure.js';
import type { HealthEvent } from './health-state.js';
import type { TargetHealth, TargetId } from './target-health.js';

/** Milliseconds between two health checks of a target that is up, and of one that is out. */
const upMs = 2_000;
const outMs = 1_000;
const limits: ProbeLimits = { connectMs: 2_000, answerMs: 5_000 };

interface Checked extends TargetId {
  target: Target;
  route: Route;
}

/**
 * Asks the targets of placements with several of them, at intervals, by the request with which a put asks them. Those
 * of placements without weight are left alone: they are asked before they get any.
 */
export class HealthChecks {
  readonly #running = new Map<string, { checked: Checked; timer: NodeJS.Timeout | undefined }>();
  #context: ProbeContext;

  /** @param dir the router's directory */
  constructor(
    private readonly health: TargetHealth,
    private readonly dir: string,
  ) {
    this.#context = { dir };
  }

  /** Takes a state up. */
  use(state: RouterState): void {
    const { engine, resolver, tls } = state;
    this.#context = { dir: this.dir, engine, resolver, tls };
    const wanted = new Map(checkedTargets(state).map((checked) => [keyOf(checked), checked]));
    this.health.watch([...wanted.values()]);
    for (const [key, { timer }] of this.#running) {
      if (wanted.has(key)) continue;
      clearTimeout(timer);
      this.#running.delete(key);
    }
    for (const [key, checked] of wanted) {
      const present = this.#running.get(key);
      if (present) present.checked = checked;
      else this.#running.set(key, { checked, timer: this.#later(key, 0) });
    }
  }

  /** A request got no answer from a target. @param reason what it is taken out for */
  failed(service: string, placement: string, target: string, reason: string): void {
    for (const { checked } of this.#running.values())
      if (checked.service === service && checked.placement === placement && checked.target.name === target)
        this.health.failed(checked, reason);
  }

  stop(): void {
    for (const { timer } of this.#running.values()) clearTimeout(timer);
    this.#running.clear();
  }

  #later(key: string, ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#check(key), ms).unref();
  }

  async #check(key: string): Promise<void> {
    const entry = this.#running.get(key);
    if (!entry) return;
    const event = await askOnce(entry.checked, this.#context);
    if (this.#running.get(key) !== entry) return;
    this.health.observe(entry.checked, event);
    entry.timer = this.#later(key, this.health.isUp(entry.checked) ? upMs : outMs);
  }
}

function checkedTargets({ routes }: RouterState): Checked[] {
  return routes.flatMap((route) =>
    route.placements
      .filter((placement) => placement.weight > 0 && hasSeveralTargets(placement))
      .flatMap((placement) =>
        targetsOf(placement)
          .filter(({ down }) => !down)
          .map((target) => ({ service: route.service, placement: placement.name, target, route })),
      ),
  );
}

/** Another way to a target is another target. */
const keyOf = ({ service, placement, target }: Checked): string => JSON.stringify([service, placement, target]);

async function askOnce({ route, placement, target }: Checked, context: ProbeContext): Promise<HealthEvent> {
  try {
    const answer = await probeOnce(target, healthOf(route, placement), route.host, context, limits);
    const reason = judgeAnswer(answer, baselineOf(route, placement));
    return reason === undefined ? { type: 'good' } : { type: 'bad', connection: false, reason };
  } catch (error) {
    const { kind, message } = error as { kind?: string; message: string };
    const reason = connectionFailure(error) ?? message;
    return { type: 'bad', connection: kind !== 'timeout' && kind !== 'protocol', reason };
  }
}
