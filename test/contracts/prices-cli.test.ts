import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostList } from '../../src/operations/host/list.js';
import type { PriceList, RefreshResult } from '../../src/operations/prices/prices.js';
import { startAzure, type AzureOnStub } from '../helpers/azure.js';
import { cli, startCli, type CliResult } from '../helpers/cli.js';
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
        sshFrom: ['203.0.113.0/24'],
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
