import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PricingProvider } from '../../src/providers/contracts/pricing.js';

interface Subject {
  name: string;
  start(): Promise<{ pricing: PricingProvider; stop(): Promise<void> }>;
  /** A size that the price book has with a price. */
  known: string;
}

/** What every provider of pricing does in the same way. */
export function pricingContract(subject: Subject): void {
  describe(`pricing of ${subject.name}`, () => {
    let started: Awaited<ReturnType<Subject['start']>>;
    beforeAll(async () => {
      started = await subject.start();
    }, 120_000);
    afterAll(() => (started as typeof started | undefined)?.stop());

    test('a known size has processors, memory, and a price with its source and date', async () => {
      const size = await started.pricing.size(subject.known);
      expect(size).toMatchObject({ size: subject.known, source: expect.any(String) as string, date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string });
      expect(size?.vcpu).toBeGreaterThan(0);
      expect(size?.memoryMiB).toBeGreaterThan(0);
      expect(size?.hourlyUsd).toBeGreaterThan(0);
    });

    test('an unknown size has no facts, and none is made up', async () => {
      expect(await started.pricing.size('huge.never')).toBeUndefined();
    });

    test('all sizes are in one region', async () => {
      const sizes = await started.pricing.sizes();
      expect(sizes.length).toBeGreaterThan(3);
      expect(new Set(sizes.map((each) => each.region)).size).toBe(1);
    });
  });
}
