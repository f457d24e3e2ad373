import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RefreshResult } from '../../src/operations/prices/prices.js';
import { startAws, type AwsOnMoto } from '../helpers/aws.js';
import { certificateIn, startAzure, type AzureOnStub } from '../helpers/azure.js';
import { cli, type CliResult } from '../helpers/cli.js';
import { startFaultProxy, type FaultProxy } from '../helpers/fault-proxy/index.js';
import { startGcp, type GcpOnEmulator } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { startHttpProxy, type HttpProxyServer } from '../helpers/http-proxy.js';
import { motoMissing } from '../helpers/moto.js';

const missing = motoMissing() ?? gcplocalMissing();
const CLOUDS = ['aws', 'azure', 'gcp'] as const;

/** Three clouds behind names that only the proxy knows, each with a certificate. */
describe.skipIf(missing !== undefined)('what fanops asks over HTTP goes through a proxy', () => {
  let clouds: [AwsOnMoto, AzureOnStub, GcpOnEmulator];
  let fronts: Record<(typeof CLOUDS)[number] | 'aws-prices' | 'gcp-prices', FaultProxy>;
  let proxy: HttpProxyServer;
  let dir: string;
  let certificate: string;
  const NO_SUCH = 'http://127.0.0.1:9';

  const run = (args: string[], proxies: NodeJS.ProcessEnv): Promise<CliResult> =>
    cli(args, {
      cwd: dir,
      env: {
        ...process.env,
        HOME: dir,
        NODE_EXTRA_CA_CERTS: certificate,
        FANOPS_ALLOWED_ENDPOINTS: '*.test',
        FANOPS_CLOUD_TIMEOUT: '30s',
        ...proxies,
      },
    });
  const list = async (
    proxies: NodeJS.ProcessEnv,
    ...args: string[]
  ): Promise<{ hosts: string[]; failed: string[] }> => {
    const { stdout, stderr } = await run(['host', 'list', '--json', ...args], proxies);
    const { hosts, failed } = JSON.parse(stdout) as {
      hosts: { name: string; state: string }[];
      failed: { message: string }[];
    };
    expect(stderr).not.toContain('secret');
    return {
      hosts: hosts.map(({ name, state }) => `${name} ${state}`),
      failed: failed.map((each) => JSON.stringify(each)),
    };
  };
  const endpoints = (host: (name: keyof typeof fronts) => string): object => ({
    aws: { region: 'us-east-1', endpoint: host('aws'), pricingEndpoint: host('aws-prices') },
    azure: { subscription: clouds[1].config.subscription, location: 'eastus', endpoint: host('azure') },
    gcp: { project: 'contract', zone: 'us-central1-a', endpoint: host('gcp'), pricingEndpoint: host('gcp-prices') },
  });
  const fleetFile = (providers: object): void =>
    writeFileSync(
      join(dir, 'fanops.yaml'),
      JSON.stringify({
        fleet: 'shop',
        sshFrom: ['203.0.113.0/24'],
        providers,
        hosts: Object.fromEntries(CLOUDS.map((provider) => [`${provider}-1`, { provider, roles: ['app'] }])),
      }),
    );

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'http-proxy-'));
    const { file, ...pair } = certificateIn(
      dir,
      'IP:127.0.0.1,DNS:aws.test,DNS:azure.test,DNS:gcp.test,DNS:aws-prices.test,DNS:gcp-prices.test',
    );
    certificate = file;
    clouds = [await startAws(), await startAzure(), await startGcp()];
    clouds[0].prices.prices['us-east-1'] = { 't3.micro': 0.01, 't3.small': 0.02 };
    clouds[2].prices.prices['us-central1'] = { 'E2 Core': 0.02, 'E2 Ram': 0.003 };
    const front = (url: string): Promise<FaultProxy> => startFaultProxy(url, pair);
    fronts = {
      aws: await front(clouds[0].proxy.url),
      azure: await front(clouds[1].stub.url),
      gcp: await front(clouds[2].proxy.url),
      'aws-prices': await front(clouds[0].prices.url),
      'gcp-prices': await front(clouds[2].prices.url),
    };
    proxy = await startHttpProxy(
      Object.fromEntries(Object.entries(fronts).map(([name, { url }]) => [`${name}.test`, Number(new URL(url).port)])),
    );
  }, 240_000);
  beforeEach(() => {
    proxy.asked.length = proxy.logins.length = 0;
    proxy.refuse = undefined;
    fleetFile(endpoints((name) => `https://${name}.test`));
  });
  afterAll(async () => {
    await proxy.stop();
    for (const each of [...Object.values(fronts), ...clouds]) await each.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('calls to AWS, Azure and Google Cloud are tunnelled, with the login of the proxy; logins on the loopback interface are not', async () => {
    const HTTPS_PROXY = proxy.url.replace('//', '//user:secret@');
    const { hosts, failed } = await list({ HTTPS_PROXY, HTTP_PROXY: NO_SUCH });
    expect(failed).toEqual([]);
    expect(hosts).toEqual(CLOUDS.map((name) => `${name}-1 missing`));
    expect([...new Set(proxy.asked)].toSorted()).toEqual(CLOUDS.map((name) => `CONNECT ${name}.test:443`));
    expect(new Set(proxy.logins)).toEqual(new Set([`Basic ${Buffer.from('user:secret').toString('base64')}`]));
  });

  test.each(['aws', 'gcp'])('prices of %s are read through the proxy', async (provider) => {
    const { stdout } = await run(['prices', 'refresh', '--provider', provider, '--json'], { https_proxy: proxy.url });
    const { refreshed = [] } = JSON.parse(stdout) as Partial<RefreshResult>;
    expect(refreshed.flatMap(({ sizes }) => sizes).length, stdout).toBeGreaterThan(0);
    expect(proxy.asked).toContain(`CONNECT ${provider}-prices.test:443`);
  });

  test('a price list that the proxy lets nobody through to is not tried again, and the proxy is named', async () => {
    fleetFile(endpoints((name) => (name === 'gcp-prices' ? 'https://nowhere.test' : `https://${name}.test`)));
    const { stdout } = await run(['prices', 'refresh', '--provider', 'gcp', '--json'], { HTTPS_PROXY: proxy.url });
    expect(stdout).toContain(`the proxy ${proxy.url} refused the connection to nowhere.test: HTTP 502`);
    expect(proxy.asked.filter((each) => each.includes('nowhere')).length).toBeLessThan(4);
  });

  test('a name in NO_PROXY is asked directly', async () => {
    const { failed } = await list({ HTTPS_PROXY: proxy.url, NO_PROXY: '.test' }, '--provider', 'aws');
    expect(failed.join()).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(proxy.asked).toEqual([]);
  });

  test('the loopback interface is asked directly, though a proxy is named', async () => {
    fleetFile(endpoints((name) => fronts[name].url));
    const { hosts, failed } = await list({ HTTPS_PROXY: NO_SUCH, HTTP_PROXY: NO_SUCH, ALL_PROXY: NO_SUCH });
    expect([hosts.length, failed]).toEqual([3, []]);
  });

  test.each(CLOUDS)('a proxy that cannot be reached is named: %s', async (provider) => {
    const { failed } = await list({ HTTPS_PROXY: NO_SUCH.replace('//', '//user:secret@') }, '--provider', provider);
    expect(failed.join()).toContain(`the proxy ${NO_SUCH}`);
    expect(failed.join()).not.toContain('secret');
  });

  test.each(['aws', 'azure'])('a proxy that refuses is named with its answer: %s', async (provider) => {
    proxy.refuse = 403;
    const { failed } = await list({ HTTPS_PROXY: proxy.url }, '--provider', provider);
    expect(failed.join()).toContain(`the proxy ${proxy.url} refused the connection to ${provider}.test: HTTP 403`);
  });

  test('a variable that names no proxy keeps clouds from being asked, and nothing else', async () => {
    const socks = { HTTPS_PROXY: 'socks5://user:secret@127.0.0.1:1' };
    const { code, stdout, stderr } = await run(['host', 'list'], socks);
    expect(code, stderr).toBe(3);
    expect(stdout + stderr).toContain('HTTPS_PROXY names no HTTP proxy.');
    expect(stdout + stderr).not.toContain('secret');
    expect((await run(['runs', 'list'], socks)).code).toBe(0);
  });
});
