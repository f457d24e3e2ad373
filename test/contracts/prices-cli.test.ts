import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostList } from '../../src/operations/host/list.js';
import type { PriceList, RefreshResult } from '../../src/operations/prices/prices.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { cli, startCli, type CliResult } from '../helpers/cli.js';
import { EXPIRED } from '../helpers/fault-proxy/expired.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { motoMissing } from '../helpers/moto.js';
import { until } from '../helpers/until.js';

/** The command line on Azure's stub and the stub of its price list. */
describe('fanops prices', () => {
  let azure: AzureOnStub;
  let dir: string;
  const run = (...args: string[]): Promise<CliResult> =>
    cli(args, { cwd: dir, env: { ...process.env, NODE_EXTRA_CA_CERTS: azure.certificate, HOME: dir } });
  const json = async <T>(code: number, ...args: string[]): Promise<T> => {
    const result = await run(...args, '--json');
    expect([result.code, result.stderr]).toEqual([code, expect.any(String)]);
    return JSON.parse(result.stdout) as T;
  };
  const book = (region = 'eastus'): string => join(dir, `.fanops/prices/azure/${region}.json`);
  const priceOf = async (size: string): Promise<number | undefined> =>
    (await json<PriceList>(0, 'prices', 'list')).prices.find((each) => each.size === size)?.hourlyUsd;

  beforeAll(async () => {
    azure = await startAzure();
    dir = mkdtempSync(join(tmpdir(), 'prices-cli-'));
    const { subscription, endpoint, pricingEndpoint } = azure.config;
    writeFileSync(
      join(dir, 'fanops.yaml'),
      JSON.stringify({
        fleet: 'shop',
        providers: { azure: { subscription, location: 'eastus', endpoint, pricingEndpoint } },
        ssh_from: ['203.0.113.0/24'],
        hosts: { 'app-1': { provider: 'azure', roles: ['app'], size: 'Standard_B2s', region: 'westeurope' } },
      }),
    );
    await azure.instances.create({
      name: 'app-1',
      fleet: 'shop',
      roles: ['app'],
      runId: 'run-7',
      size: 'Standard_B2s',
      ...azure.extra('app-1'),
    });
  }, 120_000);
  afterAll(async () => {
    await (azure as AzureOnStub | undefined)?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('without a refresh they are those of the bundled book, with source and date', async () => {
    const { prices } = await json<PriceList>(0, 'prices', 'list', '--region', 'eastus');
    expect(prices.find(({ size }) => size === 'Standard_B2s')).toMatchObject({
      provider: 'azure',
      region: 'eastus',
      hourlyUsd: 0.0416,
      monthlyUsd: 30.37,
      date: '2025-01-01',
      source: expect.stringContaining('bundled') as string,
    });
    expect((await run('prices', 'list', '--region', 'eastus')).stdout).toContain('fanops prices refresh');
  });

  test('refresh reads those of the regions of the fleet; one that makes no sense is named and not taken', async () => {
    azure.prices.prices.westeurope = { Standard_B2s: 0.05, Standard_D2s_v5: 0.12, Standard_B1s: 0 };
    azure.prices.prices.eastus = { Standard_B2s: 0.04, Standard_D2s_v5: 0.1, Standard_B1s: 0.01 };
    const { refreshed, failed } = await json<RefreshResult>(3, 'prices', 'refresh');
    expect(failed).toEqual([]);
    expect(refreshed).toEqual([
      { provider: 'azure', region: 'eastus', sizes: ['Standard_B1s', 'Standard_B2s', 'Standard_D2s_v5'], refused: [] },
      {
        provider: 'azure',
        region: 'westeurope',
        sizes: ['Standard_B2s', 'Standard_D2s_v5'],
        refused: [{ size: 'Standard_B1s', why: 'its price is 0' }],
      },
    ]);
    expect((await run('prices', 'refresh', '--region', 'eastus')).code).toBe(0);
  });

  test('a list of hosts has the price of the region where a host is, and tells where it comes from', async () => {
    const { hosts } = await json<HostList>(0, 'host', 'list');
    const region = 'eastus';
    expect(hosts).toMatchObject([
      {
        name: 'app-1',
        monthlyUsd: Math.round((azure.prices.prices[region]?.Standard_B2s ?? 0) * 73_000) / 100,
        price: { source: 'Azure Retail Prices, pay as you go' },
      },
    ]);
    expect((await run('host', 'list')).stdout).not.toContain('Prices are old');
  });

  test('a price list that does not answer leaves what was read before', async () => {
    const before = readFileSync(book(), 'utf8');
    azure.prices.failures.push(400);
    expect(await json<RefreshResult>(3, 'prices', 'refresh')).toMatchObject({
      refreshed: [{ region: 'westeurope' }],
      failed: [{ provider: 'azure eastus' }],
    });
    azure.prices.failures.length = 0;
    expect(JSON.parse(readFileSync(book(), 'utf8'))).toEqual(JSON.parse(before));
  });

  test('a book that cannot be read is named, and written anew by a refresh', async () => {
    writeFileSync(book(), '{"format": 7}');
    const { failed } = await json<HostList>(3, 'host', 'list');
    expect(failed).toEqual([
      {
        provider: 'azure prices',
        code: 'USAGE',
        message: 'The price book cannot be read.',
        hint: expect.stringContaining('fanops prices refresh. ✖ Invalid input') as string,
      },
    ]);
    expect((await run('prices', 'refresh', '--region', 'eastus')).code).toBe(0);
    expect(await priceOf('Standard_B2s')).toBe(0.04);
  });

  test('a region may be written as people do; one that is not there, or cannot be one, is a wrong use and changes nothing', async () => {
    azure.prices.prices.westeurope = { Standard_B2s: 0.05, Standard_D2s_v5: 0.12, Standard_B1s: 0.01 };
    expect(
      (
        await json<RefreshResult>(0, 'prices', 'refresh', '--region', 'West Europe', '--region', 'EastUS')
      ).refreshed.map(({ region }) => region),
    ).toEqual(['westeurope', 'eastus']);
    const before = readFileSync(book(), 'utf8');
    for (const region of ['nowhere', "x' or '1' eq '1", '../../x']) {
      const { code, stderr } = await run('prices', 'refresh', '--region', region);
      expect([region, code, stderr]).toEqual([region, 2, expect.stringContaining(`azure has no region "${region}"`)]);
    }
    expect(readFileSync(book(), 'utf8')).toBe(before);
  });

  test('Ctrl-C ends a refresh that gets no answer; what was read before stays', async () => {
    const before = readFileSync(book(), 'utf8');
    azure.prices.silent = true;
    const asked = azure.prices.headers.length;
    const live = startCli(['prices', 'refresh', '--region', 'eastus'], {
      cwd: dir,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: azure.certificate, HOME: dir },
    });
    await until('a request for prices', () => azure.prices.headers.length > asked);
    live.child.kill('SIGINT');
    const { code, stderr } = await live.ended;
    azure.prices.silent = false;
    expect([code, stderr]).toEqual([130, expect.stringContaining('Cancelled.')]);
    expect(readFileSync(book(), 'utf8')).toBe(before);
  });

  test('a list that leads back to itself is not read without end', async () => {
    azure.prices.loops = true;
    const { code, stderr } = await run('prices', 'refresh', '--region', 'eastus');
    azure.prices.loops = false;
    expect([code, stderr]).toEqual([1, expect.stringContaining('leads back to a page that was read before')]);
  });

  test('two refreshes at once take nothing from each other', async () => {
    rmSync(join(dir, '.fanops/prices'), { recursive: true });
    const both = await Promise.all(
      ['eastus', 'westeurope'].map((region) => run('prices', 'refresh', '--region', region)),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const { prices } = await json<PriceList>(0, 'prices', 'list');
    expect(
      prices
        .filter(({ size }) => size === 'Standard_B2s')
        .map(({ region, hourlyUsd, old }) => [region, hourlyUsd, old]),
    ).toEqual([
      ['eastus', 0.04, false],
      ['westeurope', 0.05, false],
    ]);
  });

  test('a machine whose size has no price is told, with what reads it', async () => {
    rmSync(join(dir, '.fanops/prices'), { recursive: true });
    await azure.instances.create({
      name: 'odd-1',
      fleet: 'shop',
      roles: ['app'],
      runId: 'run-7',
      size: 'Standard_F2s_v2',
      ...azure.extra('odd-1'),
    });
    const { hosts } = await json<HostList>(0, 'host', 'list');
    expect(hosts.map(({ name, noPrice, price }) => [name, noPrice, price?.old])).toEqual([
      ['app-1', undefined, true],
      ['odd-1', true, undefined],
    ]);
    expect((await run('host', 'list')).stdout.replace(/\s+/g, ' ')).toContain(
      'No price is known of azure Standard_F2s_v2: fanops prices refresh reads',
    );
    await azure.instances.destroy('shop', 'odd-1');
  });

  test('a provider that the fleet does not use is a wrong use', async () => {
    const { code, stderr } = await run('prices', 'refresh', '--provider', 'aws');
    expect([code, stderr]).toEqual([2, expect.stringContaining('It uses: azure.')]);
  });
});

const missing = motoMissing() ?? gcplocalMissing();

/** The command line on moto, gcplocal and the stubs of their price lists. */
describe.skipIf(missing !== undefined)('fanops prices in several clouds', () => {
  let on: { aws: AwsOnMoto; gcp: GcpOnEmulator };
  let dir: string;
  const SIZES = ['custom-2-4096', 'g2-standard-4', 'c3-standard-4-lssd', 'n2-standard-2'];
  const run = (...args: string[]): Promise<CliResult> =>
    cli(args, { cwd: dir, env: { ...process.env, HOME: dir, GOOGLE_CLOUD_QUOTA_PROJECT: 'billed' } });
  const refresh = async (...args: string[]): Promise<{ code: number | null } & RefreshResult> => {
    const { code, stdout } = await run('prices', 'refresh', '--json', ...args);
    return { code, ...(JSON.parse(stdout) as RefreshResult) };
  };

  beforeAll(async () => {
    on = { aws: await startAws(), gcp: await startGcp() };
    dir = mkdtempSync(join(tmpdir(), 'prices-clouds-'));
    writeFileSync(
      join(dir, 'fanops.yaml'),
      JSON.stringify({
        fleet: 'shop',
        ssh_from: ['203.0.113.0/24'],
        providers: {
          aws: { region: 'us-east-1', endpoint: on.aws.proxy.url, pricingEndpoint: on.aws.prices.url },
          gcp: {
            project: 'contract',
            zone: 'us-central1-a',
            endpoint: on.gcp.proxy.url,
            pricingEndpoint: on.gcp.prices.url,
          },
        },
        hosts: {
          'aws-1': { provider: 'aws', roles: ['app'] },
          ...Object.fromEntries(
            SIZES.map((size, at) => [
              `gcp-${at}`,
              { provider: 'gcp', roles: ['app'], size, ...(at === 0 ? { zone: 'europe-west1-b' } : {}) },
            ]),
          ),
        },
      }),
    );
    on.aws.prices.prices['us-east-1'] = { 't3.micro': 0.01, 't3.small': 0.02 };
    for (const region of ['us-central1', 'europe-west1'])
      on.gcp.prices.prices[region] = {
        'E2 Core': 0.02,
        'E2 Ram': 0.003,
        'N2 Core': 0,
        'N2 Ram': 0.004,
        'G2 Core': 0.02,
        'G2 Ram': 0.003,
        'C3 Core': 0.03,
        'C3 Ram': 0.004,
      };
  }, 240_000);
  afterAll(async () => {
    for (const each of Object.values(on)) await each.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('each is read in the regions of the fleet; a price of a part is not taken for that of the machine', async () => {
    const { code, refreshed, failed } = await refresh();
    expect([code, failed]).toEqual([3, []]);
    expect(refreshed.map(({ provider, region }) => `${provider} ${region}`)).toEqual([
      'aws us-east-1',
      'gcp europe-west1',
      'gcp us-central1',
    ]);
    expect(refreshed[0]?.sizes).toEqual(['t3.micro', 't3.small']);
    const central = refreshed[2];
    expect(central?.sizes).toEqual(['e2-micro', 'e2-small']);
    expect(Object.fromEntries(central?.refused.map(({ size, why }) => [size, why]) ?? [])).toMatchObject({
      'custom-2-4096': 'sizes of your own have prices of their own',
      'g2-standard-4': 'its accelerators have a price of their own',
      'c3-standard-4-lssd': 'its local disks have a price of their own',
      'n2-standard-2': 'the price of its cores or of its memory is 0',
    });
    // One list has the prices of all regions of Google Cloud.
    expect(on.gcp.prices.headers.filter(({ 'x-goog-user-project': billed }) => billed === 'billed')).toHaveLength(
      on.gcp.prices.asked.length,
    );
    expect(on.gcp.prices.asked.length).toBe(Object.keys(on.gcp.prices.prices).length * 8 * 2);
    const { prices } = JSON.parse((await run('prices', 'list', '--json')).stdout) as PriceList;
    expect(prices.find(({ size, region }) => size === 't3.micro' && region === 'us-east-1')).toMatchObject({
      provider: 'aws',
      hourlyUsd: 0.01,
      old: false,
    });
    expect(prices.find(({ size, region }) => size === 'e2-small' && region === 'europe-west1')).toMatchObject({
      provider: 'gcp',
      hourlyUsd: 0.016,
      old: false,
    });
  });

  test('a region without its provider is a wrong use, and so is one that the provider has not', async () => {
    for (const command of ['refresh', 'list']) {
      const { code, stderr } = await run('prices', command, '--region', 'us-east-1');
      expect([code, stderr]).toEqual([2, expect.stringContaining('--provider aws')]);
    }
    const { code, stderr } = await run('prices', 'refresh', '--provider', 'gcp', '--region', 'nowhere');
    expect([code, stderr]).toEqual([2, expect.stringContaining('gcp has no region "nowhere"')]);
  });

  test('a list of AWS that leads back to itself is not read without end, and not taken for a whole one', async () => {
    on.aws.prices.loops = true;
    const { code, stderr } = await run('prices', 'refresh', '--provider', 'aws');
    on.aws.prices.loops = false;
    expect([code, stderr]).toEqual([1, expect.stringContaining('leads back to a page that was read before')]);
  });

  test('of two regions the one that is there is read, and the other one told', async () => {
    const { code, refreshed, failed } = await refresh(
      '--provider',
      'gcp',
      '--region',
      'us-central1',
      '--region',
      'nowhere',
    );
    expect([code, refreshed.map(({ region }) => region), failed.map(({ code: why }) => why)]).toEqual([
      3,
      ['us-central1'],
      ['NO_REGION'],
    ]);
  });

  test('a login that has ended is told with 4 when nothing was read, with 3 when something was', async () => {
    on.gcp.proxy.faults.push({ on: {}, then: EXPIRED.gcp });
    const partly = await refresh();
    expect([partly.code, partly.failed.map(({ provider, code }) => [provider, code])]).toEqual([
      3,
      [['gcp', 'NOT_LOGGED_IN']],
    ]);
    on.aws.proxy.faults.push({ on: {}, then: EXPIRED.aws });
    const { code, stderr } = await run('prices', 'refresh');
    expect([code, stderr]).toEqual([4, expect.stringContaining('Log in to AWS')]);
    expect(stderr).toContain('Log in to Google Cloud');
    on.gcp.proxy.clear();
    on.aws.proxy.clear();
  });
});
