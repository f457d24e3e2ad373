import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FanopsError, RemoteError } from '../../src/core/errors.js';
import type { Instance, InstanceProvider, InstanceSpec } from '../../src/providers/contracts/instances.js';
import { createSshTransport } from '../../src/transports/ssh.js';
import type { Transport } from '../../src/transports/transport.js';
import { until } from '../helpers/until.js';

export interface StartedInstances {
  instances: InstanceProvider;
  /** What is left of a fleet (processes, ports, files, machines): names, empty when nothing is. */
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
  /** What this provider needs beside name, fleet, roles and run. */
  extra?: (name: string) => Partial<InstanceSpec>;
  /** Private key of the operator, where the provider keeps none itself. */
  identityFile?: string;
}

export interface InstancesSubject {
  name: string;
  /** Whether what it makes answers by SSH; machines of emulators do not. */
  ssh: boolean;
  start(): Promise<StartedInstances>;
}

/** What every provider of instances does in the same way. */
export function instancesContract(subject: InstancesSubject): void {
  describe(`instances of ${subject.name}`, () => {
    let started: StartedInstances;
    let instances: InstanceProvider;
    let dir: string;
    const spec = (name: string) => ({
      name,
      fleet: 'contract',
      roles: ['app', 'router'],
      runId: 'run-7',
      token: `run-7-${name}`,
      bootScript: '#!/bin/sh\n# first-boot-secret\n',
      ...started.extra?.(name),
    });

    beforeAll(async () => {
      started = await subject.start();
      instances = started.instances;
      dir = mkdtempSync(join(tmpdir(), 'instances-'));
    }, 300_000);
    afterAll(async () => {
      await (started as StartedInstances | undefined)?.stop();
      rmSync(dir, { recursive: true, force: true });
    });
    const reach = (instance: Instance | undefined): Transport => {
      if (!instance?.endpoint) throw new Error('the instance has no endpoint');
      const endpoint = {
        ...instance.endpoint,
        ...(started.identityFile ? { identityFiles: [started.identityFile] } : {}),
      };
      return createSshTransport({ host: instance.name, endpoint, knownHostsFile: join(dir, 'known_hosts') });
    };
    const mark = async (instance: Instance | undefined): Promise<string> => {
      const transport = reach(instance);
      try {
        return (await transport.run({ argv: ['cat', 'mark'] })).stdout;
      } finally {
        await transport.close();
      }
    };
    /** A machine that was just started may take a while to answer. */
    const answers = async (instance: Instance | undefined): Promise<void> => {
      await until(
        'SSH to answer',
        async () => {
          const transport = reach(instance);
          try {
            return (await transport.run({ argv: ['true'] })).code === 0;
          } catch (error) {
            if (error instanceof RemoteError && ['UNREACHABLE', 'LINK_LOST', 'DEADLINE'].includes(error.code))
              return false;
            throw error;
          } finally {
            await transport.close();
          }
        },
        60_000,
      );
    };

    test('a fleet that has nothing: found nothing, nothing to stop or destroy', async () => {
      expect(await instances.find('contract', 'app-1')).toBeUndefined();
      expect(await instances.list('contract')).toEqual({ items: [], failed: [] });
      await instances.power('contract', 'app-1', 'stop');
      await instances.destroy('contract', 'app-1');
      expect(await started.leftovers()).toEqual([]);
    });

    test('create makes a machine that tells whose it is', async () => {
      const made = await instances.create(spec('app-1'));
      expect(made).toMatchObject({
        name: 'app-1',
        state: 'running',
        owner: { fleet: 'contract', host: 'app-1', run: 'run-7' },
      });
      expect(Number.isNaN(Date.parse(made.createdAt ?? ''))).toBe(false);
      expect(JSON.stringify([made, await instances.list('contract')])).not.toContain('first-boot-secret');
    });

    if (subject.ssh)
      test('SSH reaches it with what the instance says', async () => {
        const made = await instances.find('contract', 'app-1');
        await answers(made);
        const transport = reach(await instances.find('contract', 'app-1'));
        await transport.putFile('I was here', 'mark');
        await transport.close();
        expect(await mark(await instances.find('contract', 'app-1'))).toBe('I was here');
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
      expect((await instances.list('contract')).items.map((instance) => instance.name).sort()).toEqual([
        'app-1',
        'app-2',
      ]);
      expect(await instances.list('another')).toEqual({ items: [], failed: [] });
    });

    test('stop keeps what is on the machine, create brings it back at the same place', async () => {
      const before = await instances.find('contract', 'app-1');
      await instances.power('contract', 'app-1', 'stop');
      await instances.power('contract', 'app-1', 'stop');
      expect(await instances.find('contract', 'app-1')).toMatchObject({ state: 'stopped' });
      if (subject.ssh) await expect(mark(before)).rejects.toMatchObject({ code: 'UNREACHABLE' });
      const again = await instances.create(spec('app-1'));
      expect(again).toMatchObject({ id: before?.id, state: 'running', createdAt: before?.createdAt });
      if (!subject.ssh) return;
      expect(again.endpoint).toMatchObject({ address: before?.endpoint?.address, port: before?.endpoint?.port });
      await answers(again);
      expect(await mark(again)).toBe('I was here');
    });

    test('restart leaves it running', async () => {
      await instances.power('contract', 'app-1', 'restart');
      const again = await instances.find('contract', 'app-1');
      expect(again).toMatchObject({ name: 'app-1', state: 'running' });
      if (!subject.ssh) return;
      await answers(again);
      expect(await mark(again)).toBe('I was here');
    });

    test('a fleet and a host whose names run together like those of another are not taken for it', async () => {
      const before = await instances.find('contract', 'app-1');
      const unless = (error: unknown): undefined => {
        if (!(error instanceof FanopsError) || error.code !== 'CONFLICT') throw error;
        return undefined;
      };
      expect(await instances.find('contract-app', '1').catch(unless)).toBeUndefined();
      await instances.power('contract-app', '1', 'stop').catch(unless);
      await instances.destroy('contract-app', '1').catch(unless);
      expect(await instances.find('contract', 'app-1')).toEqual(before);
    });

    test('destroy leaves nothing of one machine and does not touch the other', async () => {
      await instances.destroy('contract', 'app-2');
      await instances.destroy('contract', 'app-2');
      expect((await instances.list('contract')).items.map((instance) => instance.name)).toEqual(['app-1']);
      expect(await instances.find('contract', 'app-1')).toMatchObject({ state: 'running' });
      if (subject.ssh) expect(await mark(await instances.find('contract', 'app-1'))).toBe('I was here');
    });

    test('destroy of the last leaves nothing at all', async () => {
      await instances.destroy('contract', 'app-1');
      expect(await started.leftovers()).toEqual([]);
      expect(await instances.find('contract', 'app-1')).toBeUndefined();
    });
  });
}
