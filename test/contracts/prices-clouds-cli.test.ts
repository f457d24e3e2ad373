import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PriceList, RefreshResult } from '../../src/operations/prices/prices.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { cli, type CliResult } from '../helpers/cli.js';
import { EXPIRED } from '../helpers/fault-proxy/expired.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { motoMissing } from '../helpers/moto.js';

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
        sshFrom: ['203.0.113.0/24'],
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
