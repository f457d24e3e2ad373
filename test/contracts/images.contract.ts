import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageProvider } from '../../src/providers/contracts/images.js';

interface Subject {
  name: string;
  start(): Promise<{ images: ImageProvider; stop(): Promise<void> }>;
  /** A name that the region knows, and the identifier of the newest image that it means. */
  known: string;
  newest: string;
}

/** What every provider of images does in the same way. */
export function imagesContract(subject: Subject): void {
  describe(`images of ${subject.name}`, () => {
    let started: Awaited<ReturnType<Subject['start']>>;
    beforeAll(async () => {
      started = await subject.start();
    }, 120_000);
    afterAll(() => (started as typeof started | undefined)?.stop());

    test('a name means the newest image of that name', async () => {
      expect(await started.images.resolve(subject.known)).toMatchObject({ id: subject.newest });
    });

    test('an identifier means itself', async () => {
      expect(await started.images.resolve(subject.newest)).toMatchObject({ id: subject.newest });
    });

    test('a name that there is not is an error that tells the known ones', async () => {
      await expect(started.images.resolve('ubuntu-22.04-none')).rejects.toMatchObject({ hint: expect.stringContaining('debian-12') as string });
    });
  });
}
