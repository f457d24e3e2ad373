import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FirewallSpec, NetworkProvider } from '../../src/providers/contracts/networks.js';

export interface NetworksSubject {
  name: string;
  start(): Promise<{ networks: NetworkProvider; leftovers(): Promise<string[]>; stop(): Promise<void> }>;
}

/** What every provider of networks does in the same way. */
export function networksContract(subject: NetworksSubject): void {
  describe(`networks of ${subject.name}`, () => {
    let started: Awaited<ReturnType<NetworksSubject['start']>>;
    const ssh = {
      protocol: 'tcp' as const,
      ports: [22, 22] as [number, number],
      from: ['203.0.113.7/32'],
      purpose: 'ssh',
    };
    const web = { protocol: 'tcp' as const, ports: [80, 80] as [number, number], from: ['0.0.0.0/0'], purpose: 'http' };
    const spec = (host: string, rules = [ssh]): FirewallSpec => ({ fleet: 'contract', host, run: 'run-7', rules });

    beforeAll(async () => {
      started = await subject.start();
    }, 120_000);
    afterAll(() => (started as typeof started | undefined)?.stop());

    test('a fleet that has nothing: found nothing, nothing to remove', async () => {
      expect(await started.networks.find('contract', 'app-1')).toBeUndefined();
      expect(await started.networks.list('contract')).toEqual({ items: [], failed: [] });
      await started.networks.remove('contract', 'app-1');
      expect(await started.leftovers()).toEqual([]);
    });

    test('ensure makes it with exactly the rules, and tells whose it is', async () => {
      await started.networks.ensure(spec('app-1'));
      expect(await started.networks.find('contract', 'app-1')).toMatchObject({
        owner: { fleet: 'contract', host: 'app-1', run: 'run-7' },
        rules: [ssh],
      });
    });

    test('ensure again changes nothing, and brings other rules', async () => {
      const before = await started.networks.find('contract', 'app-1');
      await started.networks.ensure(spec('app-1'));
      expect(await started.networks.find('contract', 'app-1')).toEqual(before);
      const moved = { ...ssh, from: ['198.51.100.0/24', '203.0.113.9/32'] };
      await started.networks.ensure(spec('app-1', [moved, web]));
      expect(await started.networks.find('contract', 'app-1')).toEqual({ ...before, rules: [moved, web] });
    });

    test('list names those of the fleet and no others', async () => {
      await started.networks.ensure(spec('app-2'));
      expect((await started.networks.list('contract')).items.map((each) => each.owner.host).sort()).toEqual([
        'app-1',
        'app-2',
      ]);
      expect(await started.networks.list('another')).toEqual({ items: [], failed: [] });
    });

    test('hosts whose long names begin alike keep their own', async () => {
      const [one, other] = ['gateway-in-the-north-east-of-the-town-1', 'gateway-in-the-north-east-of-the-town-2'].map(
        (host) => ({ ...spec(host), fleet: 'a-fleet-with-a-name-as-long-as-allowed' }),
      );
      for (const each of [one!, other!]) await started.networks.ensure(each);
      expect((await started.networks.list(one!.fleet)).items.map(({ owner }) => owner.host).sort()).toEqual([
        one!.host,
        other!.host,
      ]);
      for (const { fleet, host } of [one!, other!]) {
        expect(await started.networks.find(fleet, host)).toMatchObject({ owner: { host }, rules: [ssh] });
        await started.networks.remove(fleet, host);
      }
    });

    test('what another fleet has under the same name is neither taken nor changed nor removed', async () => {
      const other = { ...spec('y'), fleet: 'contract-x' };
      await started.networks.ensure(other);
      const before = await started.networks.find(other.fleet, other.host);
      const own = { ...spec('x-y', [{ ...ssh, from: ['198.51.100.0/24'] }]) };
      const made = await started.networks.ensure(own).then(
        () => 'made',
        (error: { code: string; exitCode: number }) => `${error.code} ${error.exitCode}`,
      );
      expect(['made', 'CONFLICT 5']).toContain(made);
      expect(await started.networks.find(other.fleet, other.host)).toEqual(before);
      await started.networks.remove(own.fleet, own.host).catch(() => undefined);
      expect(await started.networks.find(other.fleet, other.host)).toEqual(before);
      await started.networks.remove(other.fleet, other.host);
    });

    test('remove leaves nothing', async () => {
      await started.networks.remove('contract', 'app-1');
      await started.networks.remove('contract', 'app-1');
      expect((await started.networks.list('contract')).items.map((each) => each.owner.host)).toEqual(['app-2']);
      await started.networks.remove('contract', 'app-2');
      expect(await started.leftovers()).toEqual([]);
    });
  });
}
