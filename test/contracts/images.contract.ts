import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageProvider } from '../../src/providers/contracts/images.js';
import type { InstanceProvider, InstanceSpec } from '../../src/providers/contracts/instances.js';
import type { FaultProxy } from '../helpers/fault-proxy/index.js';

interface Subject {
  name: string;
  start(): Promise<{
    images: ImageProvider;
    instances: InstanceProvider;
    proxy: FaultProxy;
    extra(name: string): Partial<InstanceSpec>;
    stop(): Promise<void>;
  }>;
  /** A name that the region knows, and the identifier of the newest image that it means. */
  known: string;
  newest: string;
  /** The newest that the same name means for a machine with an Arm processor. */
  newestArm: string;
  /** A size with such a processor. */
  armSize: string;
  /** The identifier of the image in the request that makes a machine; undefined for another request. */
  bootImage(body: string): string | undefined;
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

    test('for another processor a name means another image', async () => {
      expect(await started.images.resolve(subject.known, 'arm64')).toMatchObject({ id: subject.newestArm });
      expect(await started.images.resolve(subject.newestArm, 'x64')).toMatchObject({ id: subject.newestArm });
    });

    test('a machine starts from the image of its processor', async () => {
      const { instances, proxy, extra } = started;
      await instances.create({
        name: 'arm-1',
        fleet: 'contract',
        roles: ['app'],
        runId: 'run-7',
        size: subject.armSize,
        image: subject.known,
        ...extra('arm-1'),
      });
      expect(proxy.requests.flatMap(({ body }) => subject.bootImage(body) ?? [])).toEqual([subject.newestArm]);
      await instances.destroy('contract', 'arm-1');
    });

    test('an identifier means itself', async () => {
      expect(await started.images.resolve(subject.newest)).toMatchObject({ id: subject.newest });
    });

    test('a name that there is not is an error that tells the known ones', async () => {
      await expect(started.images.resolve('ubuntu-22.04-none')).rejects.toMatchObject({
        hint: expect.stringContaining('debian-12') as string,
      });
    });
  });
}
