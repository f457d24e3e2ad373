import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AddressProvider } from '../../src/providers/contracts/addresses.js';
import type { InstanceProvider, InstanceSpec } from '../../src/providers/contracts/instances.js';

interface Started {
  addresses: AddressProvider;
  instances: InstanceProvider;
  extra(name: string): Partial<InstanceSpec>;
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
}

/** What every provider of public addresses does in the same way. */
export function addressesContract(subject: { name: string; start(): Promise<Started> }): void {
  describe(`addresses of ${subject.name}`, () => {
    let started: Started;
    const owner = (host: string) => ({ fleet: 'contract', host, run: 'run-7' });
    const machine = (name: string) =>
      started.instances.create({ name, fleet: 'contract', roles: ['router'], runId: 'run-7', ...started.extra(name) });

    beforeAll(async () => {
      started = await subject.start();
    }, 120_000);
    afterAll(() => (started as typeof started | undefined)?.stop());

    test('allocate takes one address, and only one', async () => {
      const made = await started.addresses.allocate(owner('router-1'));
      expect(made).toMatchObject({
        owner: owner('router-1'),
        address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) as string,
      });
      expect(await started.addresses.allocate(owner('router-1'))).toEqual(made);
      expect(await started.addresses.list('contract')).toEqual({ items: [made], failed: [] });
      expect(await started.addresses.list('another')).toEqual({ items: [], failed: [] });
    });

    test('what another fleet has under the same name is neither taken nor given back', async () => {
      const other = await started.addresses.allocate({ fleet: 'contract-x', host: 'y', run: 'run-7' });
      const made = await started.addresses.allocate(owner('x-y')).then(
        ({ address }) => address,
        (error: { code: string; exitCode: number }) => `${error.code} ${error.exitCode}`,
      );
      expect(made).not.toBe(other.address);
      await started.addresses.release('contract', 'x-y').catch(() => undefined);
      // Nor given to a machine of this one.
      await expect(started.addresses.associate(other.id, 'contract', 'x-y', { takeOver: true })).rejects.toMatchObject({
        code: expect.stringMatching(/CONFLICT|NOT_FOUND/) as string,
      });
      expect((await started.addresses.list('contract-x')).items).toEqual([other]);
      await started.addresses.release('contract-x', 'y');
    });

    test('associate gives it to a machine, and takes it from another only when told to', async () => {
      const [first, second] = [await machine('router-1'), await machine('router-2')];
      const { id, address } = await started.addresses.allocate(owner('router-1'));
      expect(await started.addresses.associate(id, 'contract', 'router-1')).toMatchObject({ id, heldBy: first.id });
      expect((await started.instances.find('contract', 'router-1'))?.endpoint?.address).toBe(address);
      await expect(started.addresses.associate(id, 'contract', 'router-2')).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await started.addresses.associate(id, 'contract', 'router-2', { takeOver: true })).toMatchObject({
        id,
        heldBy: second.id,
      });
    });

    test('release gives it back', async () => {
      await started.addresses.release('contract', 'router-1');
      await started.addresses.release('contract', 'router-1');
      expect(await started.addresses.list('contract')).toEqual({ items: [], failed: [] });
      for (const name of ['router-1', 'router-2']) await started.instances.destroy('contract', name);
      expect(await started.leftovers()).toEqual([]);
    });
  });
}
