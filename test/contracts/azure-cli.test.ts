import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { startCli, type LiveCli } from '../helpers/cli.js';
import { until } from '../helpers/until.js';

/** The command line with hosts in Azure, killed while it makes them: what a colleague then sees and removes. */
describe('azure: fanops host provision, killed', () => {
  let azure: AzureOnStub;
  let dir: string;

  const cli = (...args: string[]): LiveCli =>
    startCli(args, { cwd: dir, env: { ...process.env, NODE_EXTRA_CA_CERTS: azure.certificate, HOME: dir } });

  beforeAll(async () => {
    azure = await startAzure();
    dir = mkdtempSync(join(tmpdir(), 'azure-cli-'));
    const { subscription, endpoint } = azure.config;
    writeFileSync(
      join(dir, 'fanops.yaml'),
      JSON.stringify({
        fleet: 'shop',
        providers: { azure: { subscription, location: 'eastus', endpoint } },
        sshFrom: ['203.0.113.0/24'],
        hosts: {
          'app-1': { provider: 'azure', roles: ['app'], size: 'Standard_B2s' },
          'app-2': { provider: 'azure', roles: ['app'], region: 'westeurope' },
        },
      }),
    );
  }, 120_000);
  afterAll(async () => {
    await (azure as AzureOnStub | undefined)?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(() => {
    azure.stub.operations.held = undefined;
    azure.proxy.clear();
  });

  /** Kills it once two operations on a kind are in progress; gives the id of the run. */
  const killed = async (kind: string): Promise<string> => {
    azure.stub.operations.held = new RegExp(`/${kind}/`);
    const live = cli('host', 'provision', '--all', '--yes', '--progress', 'json');
    const started = await live.event((event) => event.type === 'run.started');
    const there = (): number => azure.stub.left().filter((id) => id.includes(`/${kind}/`)).length;
    await until(
      `operations on ${kind}`,
      () => there() === 2 && azure.proxy.requests.at(-1)?.path.includes('/operations/'),
      60_000,
    );
    live.child.kill('SIGKILL');
    await live.ended;
    azure.stub.operations.held = undefined;
    return started.type === 'run.started' ? started.runId : '';
  };

  test.each(['networkSecurityGroups', 'virtualNetworks', 'publicIPAddresses', 'networkInterfaces', 'virtualMachines'])(
    'while %s are made: undone, nothing is left',
    async (kind) => {
      const run = await killed(kind);
      const undone = await cli('runs', 'undo', run, '--yes').ended;
      expect([undone.code, undone.stderr]).toEqual([0, expect.any(String)]);
      expect(azure.stub.left()).toEqual([]);
    },
    180_000,
  );

  test('between the resource group and all that goes into it: swept by the id of the run, nothing is left', async () => {
    const live = cli('host', 'provision', 'app-1', '--yes', '--progress', 'json');
    const started = await live.event((event) => event.type === 'run.started');
    azure.proxy.gate.after = async ({ method, path }) => {
      if (method !== 'PUT' || !/resourceGroups\/[^/]+\?/i.test(path)) return;
      live.child.kill('SIGKILL');
      await live.ended;
    };
    await live.ended;
    expect(azure.stub.left()).toHaveLength(1);
    const run = started.type === 'run.started' ? started.runId : '';
    rmSync(join(dir, '.fanops'), { recursive: true });
    expect(JSON.parse((await cli('host', 'sweep', '--run', 'another', '--yes', '--json').ended).stdout)).toMatchObject({
      removed: [],
    });
    expect(azure.stub.left()).toHaveLength(1);
    expect(JSON.parse((await cli('host', 'sweep', '--run', run, '--yes', '--json').ended).stdout)).toMatchObject({
      removed: ['azure/shared'],
      failed: [],
    });
    expect(azure.stub.left()).toEqual([]);
  }, 180_000);

  test('what is there is listed and swept by the id of the run', async () => {
    const run = await killed('virtualMachines');
    const { hosts } = JSON.parse((await cli('host', 'list', '--json').ended).stdout) as {
      hosts: { name: string; size: string }[];
    };
    expect(hosts).toMatchObject([
      { name: 'app-1', size: 'Standard_B2s' },
      { name: 'app-2', size: 'Standard_B1s' },
    ]);
    expect((await cli('host', 'sweep', '--run', run, '--yes').ended).code).toBe(0);
    expect(azure.stub.left()).toEqual([]);
  }, 180_000);
});
