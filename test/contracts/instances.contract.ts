import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance, InstanceProvider } from '../../src/providers/contracts/instances.js';
import { createSshTransport } from '../../src/transports/ssh.js';
import type { Transport } from '../../src/transports/transport.js';

export interface InstancesSubject {
  name: string;
  /** Gives the provider, and a look at what is left of a fleet (processes, ports, files, machines): names, empty when nothing is. */
  start(): Promise<{ instances: InstanceProvider; leftovers(): Promise<string[]>; stop(): Promise<void> }>;
}

/** What every provider of instances does in the same way. */
export function instancesContract(subject: InstancesSubject): void {
  describe(`instances of ${subject.name}`, () => {
    let started: Awaited<ReturnType<InstancesSubject['start']>>;
    let instances: InstanceProvider;
    let dir: string;
    const spec = (name: string) => ({ name, fleet: 'contract', roles: ['app', 'router'], runId: 'run-7' });

    beforeAll(async () => {
      started = await subject.start();
      instances = started.instances;
      dir = mkdtempSync(join(tmpdir(), 'instances-'));
    });
    afterAll(async () => {
      await started.stop();
      rmSync(dir, { recursive: true, force: true });
    });
    const reach = (instance: Instance | undefined): Transport => {
      if (!instance?.endpoint) throw new Error('the instance has no endpoint');
      return createSshTransport({ host: instance.name, endpoint: instance.endpoint, knownHostsFile: join(dir, 'known_hosts') });
    };
    const runs = async (instance: Instance | undefined): Promise<string> => {
      const transport = reach(instance);
      const result = await transport.run({ argv: ['cat', 'mark'] });
      await transport.close();
      return result.stdout;
    };

    test('a fleet that has nothing: found nothing, nothing to stop or destroy', async () => {
      expect(await instances.find('contract', 'app-1')).toBeUndefined();
      expect(await instances.list('contract')).toEqual({ items: [], failed: [] });
      await instances.power('contract', 'app-1', 'stop');
      await instances.destroy('contract', 'app-1');
      expect(await started.leftovers()).toEqual([]);
    });

    test('create makes a machine that SSH reaches with what the instance says', async () => {
      const made = await instances.create(spec('app-1'));
      expect(made).toMatchObject({ name: 'app-1', state: 'running' });
      expect(Object.values(made.tags)).toEqual(expect.arrayContaining(['contract', 'run-7']));
      expect(Number.isNaN(Date.parse(made.createdAt ?? ''))).toBe(false);
      const transport = reach(made);
      await transport.putFile('I was here', 'mark');
      await transport.close();
      expect(await runs(await instances.find('contract', 'app-1'))).toBe('I was here');
    });

    test('create again returns the one that runs', async () => {
      const before = await instances.find('contract', 'app-1');
      expect(await instances.create({ ...spec('app-1'), runId: 'run-8' })).toEqual(before);
    });

    test('create at once makes one machine', async () => {
      const made = await Promise.all([1, 2, 3].map(() => instances.create(spec('app-2'))));
      expect(new Set(made.map((instance) => JSON.stringify(instance))).size).toBe(1);
    });

    test('list names all machines of the fleet and no others', async () => {
      expect((await instances.list('contract')).items.map((instance) => instance.name).sort()).toEqual(['app-1', 'app-2']);
      expect(await instances.list('another')).toEqual({ items: [], failed: [] });
    });

    test('stop keeps what is on the machine, create brings it back at the same place', async () => {
      const before = await instances.find('contract', 'app-1');
      await instances.power('contract', 'app-1', 'stop');
      await instances.power('contract', 'app-1', 'stop');
      expect(await instances.find('contract', 'app-1')).toMatchObject({ state: 'stopped' });
      await expect(runs(before)).rejects.toMatchObject({ code: 'UNREACHABLE' });
      const again = await instances.create(spec('app-1'));
      expect(again).toEqual(before);
      expect(await runs(again)).toBe('I was here');
    });

    test('destroy leaves nothing of one machine and does not touch the other', async () => {
      await instances.destroy('contract', 'app-2');
      await instances.destroy('contract', 'app-2');
      expect((await instances.list('contract')).items.map((instance) => instance.name)).toEqual(['app-1']);
      expect(await runs(await instances.find('contract', 'app-1'))).toBe('I was here');
    });

    test('destroy of the last leaves nothing at all', async () => {
      await instances.destroy('contract', 'app-1');
      expect(await started.leftovers()).toEqual([]);
      expect(await instances.find('contract', 'app-1')).toBeUndefined();
    });
  });
}
