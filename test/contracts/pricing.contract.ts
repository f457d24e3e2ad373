import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PricingProvider } from '../../src/providers/contracts/pricing.js';
import type { PriceStub } from '../helpers/price-stub.js';

interface Subject {
  name: string;
  start(): Promise<{ pricing: PricingProvider; prices: PriceStub; stop(): Promise<void> }>;
  /** A size that the price book has with a price. */
  known: string;
  /** A region, and what its price list must have so that an hour of the known size costs 0.25 and of `other` 0.5 dollars; another region with a price of zero. */
  region: string;
  list: Record<string, number>;
  other: string;
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
      expect(size).toMatchObject({
        size: subject.known,
        source: expect.any(String) as string,
        date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
      });
      expect(size?.vcpu).toBeGreaterThan(0);
      expect(size?.memoryMiB).toBeGreaterThan(0);
      expect(size?.hourlyUsd).toBeGreaterThan(0);
    });

    test('an unknown size has no facts, and none is made up', async () => {
      expect(await started.pricing.size('huge.never')).toBeUndefined();
    });

    test('refresh reads the prices of a region, page by page; they take the place of the bundled ones there', async () => {
      const { pricing, prices } = started;
      const elsewhere = await pricing.size(subject.known);
      prices.prices[subject.region] = { ...subject.list };
      prices.failures.push(429, 503);
      expect(await pricing.refresh(subject.region)).toEqual({
        region: subject.region,
        sizes: [subject.known, subject.other].sort(),
        refused: expect.any(Array) as unknown[],
      });
      const today = new Date().toISOString().slice(0, 10);
      expect(await pricing.size(subject.known, subject.region)).toMatchObject({
        hourlyUsd: 0.25,
        region: subject.region,
        date: today,
        source: expect.not.stringContaining('bundled') as string,
      });
      expect(await pricing.size(subject.other, subject.region)).toMatchObject({ hourlyUsd: 0.5 });
      expect(await pricing.size(subject.known)).toEqual(elsewhere);
    }, 60_000);

    test('a price of zero is not taken, and the older one stays', async () => {
      const { pricing, prices } = started;
      prices.prices[subject.region] = Object.fromEntries(Object.keys(subject.list).map((what) => [what, 0]));
      const { sizes, refused } = await pricing.refresh(subject.region);
      expect(sizes).toEqual([]);
      expect(refused).toContainEqual({ size: subject.known, why: expect.stringContaining('price') as string });
      expect(await pricing.size(subject.known, subject.region)).toMatchObject({ hourlyUsd: 0.25 });
    }, 60_000);

    test('a size without a price, and a list that does not answer, change nothing', async () => {
      const { pricing, prices } = started;
      prices.prices[subject.region] = {};
      expect((await pricing.refresh(subject.region)).sizes).toEqual([]);
      prices.failures.push(400);
      await expect(pricing.refresh(subject.region)).rejects.toMatchObject({ provider: subject.name });
      prices.failures.length = 0;
      expect(await pricing.size(subject.known, subject.region)).toMatchObject({ hourlyUsd: 0.25 });
    }, 60_000);

    test('all sizes are in one region', async () => {
      const sizes = await started.pricing.sizes();
      expect(sizes.length).toBeGreaterThan(3);
      expect(new Set(sizes.map((each) => each.region)).size).toBe(1);
    });
  });
}
