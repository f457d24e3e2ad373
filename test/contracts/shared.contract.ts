import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstanceProvider, InstanceSpec } from '../../src/providers/contracts/instances.js';
import type { SharedProvider } from '../../src/providers/contracts/shared.js';

interface Started {
  shared: SharedProvider;
  instances: InstanceProvider;
  extra(name: string): Partial<InstanceSpec>;
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface SharedSubject<S extends Started> {
  name: string;
  start(): Promise<S>;
  /** Fails to make a host right after what hosts share was made, for run-7. */
  fail(started: S, spec: InstanceSpec): Promise<void>;
}

/** What every provider whose hosts share something does in the same way. */
export function sharedContract<S extends Started>(subject: SharedSubject<S>): void {
  describe(`what hosts of ${subject.name} share`, () => {
    let started: S;
    const spec = (): InstanceSpec => ({
      name: 'app-1',
      fleet: 'contract',
      roles: ['app'],
      runId: 'run-7',
      ...started.extra('app-1'),
    });

    beforeAll(async () => {
      started = await subject.start();
    }, 300_000);
    afterAll(() => (started as S | undefined)?.stop());

    test('a fleet that has nothing: nothing is idle, nothing to clear', async () => {
      expect(await started.shared.idle('contract')).toEqual({ items: [], failed: [] });
      await started.shared.clear('contract');
    });

    test('what a failed run left is told with the run, to its own fleet only, and cleared', async () => {
      await subject.fail(started, spec());
      expect(await started.leftovers()).not.toEqual([]);
      const { items, failed } = await started.shared.idle('contract');
      expect([items.length > 0, failed]).toEqual([true, []]);
      for (const each of items) expect(each.owner).toEqual({ fleet: 'contract', host: '-', run: 'run-7' });
      expect(await started.shared.idle('another')).toEqual({ items: [], failed: [] });
      await started.shared.clear('another');
      expect(await started.shared.idle('contract')).toEqual({ items, failed });
      await started.shared.clear('contract');
      await started.shared.clear('contract');
      expect(await started.leftovers()).toEqual([]);
    });

    test('what a host uses is not idle, and stays', async () => {
      await started.instances.create(spec());
      const before = await started.leftovers();
      expect(await started.shared.idle('contract')).toEqual({ items: [], failed: [] });
      await started.shared.clear('contract');
      expect(await started.leftovers()).toEqual(before);
      await started.instances.destroy('contract', 'app-1');
      expect(await started.leftovers()).toEqual([]);
    }, 120_000);
  });
}
