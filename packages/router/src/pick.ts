import type { Placement } from './state.js';

interface Slot {
  placement: Placement;
  current: number;
}

/**
 * Smooth weighted round-robin: over each cycle (the sum of the weights) every placement gets exactly its weight,
 * spread evenly. Each pick adds the weights to the counters, takes the highest, and lowers it by the sum.
 */
export class WeightedPicker {
  readonly #slots: Slot[];
  readonly #total: number;

  constructor(placements: readonly Placement[]) {
    this.#slots = placements.filter(({ weight }) => weight > 0).map((placement) => ({ placement, current: 0 }));
    this.#total = this.#slots.reduce((sum, { placement }) => sum + placement.weight, 0);
  }

  /** The placement of the next request; undefined when all weights are 0. */
  pick(): Placement | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) {
      slot.current += slot.placement.weight;
      if (!best || slot.current > best.current) best = slot;
    }
    if (best) best.current -= this.#total;
    return best?.placement;
  }
}
