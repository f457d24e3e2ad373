import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { azureProvider } from '../../src/providers/azure/index.js';
import type { AzureConfig } from '../../src/providers/azure/sdk.js';
import type { InstanceSpec } from '../../src/providers/contracts/instances.js';
import type { Capabilities } from '../../src/providers/contracts/provider.js';
import type { HostWish } from '../../src/providers/contracts/setup.js';
import { startAzureStub, type AzureStub } from './azure-stub/index.js';
import { identity } from './azure-stub/login.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy/index.js';
import { startPriceStub, type PriceStub } from './price-stub.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zq1M6u7mJ0h1yqJQp0m8iW6n1m4m3w2l9p5x7s0aB';

export interface AzureOnStub extends Capabilities {
  stub: AzureStub;
  proxy: FaultProxy;
  prices: PriceStub;
  config: AzureConfig;
  /** The certificate of the proxy, for NODE_EXTRA_CA_CERTS of other processes. */
  certificate: string;
  /** The same with its key, for another proxy in front of the stub. */
  tls: { key: string; cert: string };
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
  extra(name: string): Partial<InstanceSpec>;
}

/** A certificate for the loopback interface, or other names, that signs itself. */
export function certificateIn(dir: string, names = 'IP:127.0.0.1'): { key: string; cert: string; file: string } {
  const file = join(dir, 'cert.pem');
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      `subjectAltName=${names}`,
      '-keyout',
      join(dir, 'key.pem'),
      '-out',
      file,
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(join(dir, 'key.pem'), 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

/** Lets this process accept a certificate. */
export const trustHere = (certificate: string): void =>
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate]);

/** The provider against the stub, through the fault proxy, with https and a login as the SDK finds them. */
export async function startAzure(
  hosts: Record<string, HostWish> = {},
  clock: Clock = systemClock,
): Promise<AzureOnStub> {
  const dir = mkdtempSync(join(tmpdir(), 'azure-'));
  const { file, ...pair } = certificateIn(dir);
  const prices = await startPriceStub();
  const stub = await startAzureStub();
  const proxy = await startFaultProxy(stub.url, pair);
  trustHere(pair.cert);
  Object.assign(process.env, await identity());
  const config = {
    subscription: '00000000-0000-4000-8000-000000000001',
    location: 'East US',
    endpoint: proxy.url,
    pricingEndpoint: prices.url,
  };
  const provider = azureProvider({
    fleet: 'contract',
    dir: '/',
    config,
    hosts,
    env: process.env,
    clock,
    stateDir: async () => dir,
    templates: '',
  });
  return {
    ...(provider as unknown as Capabilities),
    stub,
    proxy,
    prices,
    config,
    certificate: file,
    tls: pair,
    leftovers: () => Promise.resolve(stub.left()),
    extra: (name) => ({
      userData: '#cloud-config\n{}\n',
      user: 'ops',
      authorizedKeys: [KEY],
      hostKey: KEY,
      token: `token-${name}`,
    }),
    stop: async () => {
      await proxy.stop();
      await stub.stop();
      await prices.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
