import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { InstanceSpec } from '../../src/providers/contracts/instances.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { ROOT } from '../helpers/cli.js';
import { until } from '../helpers/until.js';

const KINDS = ['virtualNetworks', 'publicIPAddresses', 'networkInterfaces', 'virtualMachines'] as const;

/** The adapter in a process of its own, as built, that is killed in the middle of an operation. */
describe('azure: kill -9 while a machine is made', () => {
  let azure: AzureOnStub;
  let dir: string;
  let count = 0;

  const spec = (): InstanceSpec => {
    count += 1;
    return { name: `app-${count}`, fleet: 'killed', roles: ['app'], runId: 'run-7', ...azure.extra(`app-${count}`) };
  };
  const file = (wanted: InstanceSpec): string => join(dir, wanted.name);
  const start = (wanted: InstanceSpec) =>
    spawn(
      process.execPath,
      [join(ROOT, 'test/helpers/azure-child.mjs'), JSON.stringify(azure.config), JSON.stringify(wanted), file(wanted)],
      {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: azure.certificate },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
  /** Kills one in the middle of an operation of a kind, after or before it has kept the operation's state. */
  const killed = async (wanted: InstanceSpec, kind: string, kept: boolean): Promise<void> => {
    azure.stub.operations.held = new RegExp(`/${kind}/`);
    const child = start(wanted);
    const ended = once(child, 'exit');
    const polled = (): boolean =>
      azure.proxy.seen(/\/operations\//) > 0 && azure.proxy.requests.at(-1)?.path.includes('/operations/') === true;
    await until(
      `an operation on ${kind}`,
      () =>
        azure.proxy.seen(new RegExp(`/${kind}/[^/?]+\\?`)) > 0 &&
        azure.stub.left().some((id) => id.includes(`/${kind}/`)) &&
        polled() &&
        existsSync(file(wanted)),
      60_000,
    );
    child.kill('SIGKILL');
    expect((await ended)[1]).toBe('SIGKILL');
    if (!kept) rmSync(file(wanted), { force: true });
    azure.stub.operations.held = undefined;
  };
  const resume = (wanted: InstanceSpec) =>
    existsSync(file(wanted)) ? { resume: readFileSync(file(wanted), 'utf8') } : {};
  const made = (wanted: InstanceSpec): number =>
    azure.stub.machines.made.filter((id) => id.endsWith(`-${wanted.name}`)).length;

  beforeAll(async () => {
    azure = await startAzure();
    dir = mkdtempSync(join(tmpdir(), 'azure-kill-'));
  }, 120_000);
  afterAll(async () => {
    await (azure as AzureOnStub | undefined)?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(() => azure.proxy.clear());

  test('row 6: the next process goes on with the operation that was kept, and there is one machine', async () => {
    const wanted = spec();
    await killed(wanted, 'virtualMachines', true);
    expect(JSON.parse(readFileSync(file(wanted), 'utf8'))).toMatchObject({ doing: `making ${wanted.name}` });
    azure.proxy.requests.length = 0;
    const next = start(wanted);
    expect(JSON.parse(await text(next.stdout))).toMatchObject({ name: wanted.name, state: 'running' });
    expect(azure.proxy.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect(azure.proxy.seen(/\/operations\//)).toBeGreaterThan(0);
    expect(made(wanted)).toBe(1);
    await azure.instances.destroy('killed', wanted.name);
    expect(azure.stub.left()).toEqual([]);
  }, 120_000);

  test.each(
    KINDS.flatMap(
      (kind) =>
        [
          [kind, 'kept'],
          [kind, 'lost'],
        ] as const,
    ),
  )(
    'while one of %s is made, its operation %s: gone on with, it is one machine',
    async (kind, kept) => {
      const wanted = spec();
      await killed(wanted, kind, kept === 'kept');
      expect(await azure.instances.create(wanted, resume(wanted))).toMatchObject({
        name: wanted.name,
        state: 'running',
      });
      expect(made(wanted)).toBe(1);
      expect((await azure.instances.list('killed')).items).toHaveLength(1);
      await azure.instances.destroy('killed', wanted.name);
      expect(azure.stub.left()).toEqual([]);
    },
    120_000,
  );

  test.each(KINDS)(
    'while one of %s is made: what is there is told, and undone nothing is left',
    async (kind) => {
      const wanted = spec();
      await killed(wanted, kind, true);
      const found = await azure.instances.find('killed', wanted.name);
      if (kind === 'virtualNetworks') expect(found).toBeUndefined();
      else expect(found).toMatchObject({ owner: { host: wanted.name, run: 'run-7' } });
      expect((await azure.instances.list('killed')).items).toEqual(found ? [found] : []);
      await azure.instances.destroy('killed', wanted.name);
      expect(azure.stub.left()).toEqual([]);
    },
    120_000,
  );
});
