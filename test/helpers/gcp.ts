import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { InstanceSpec } from '../../src/providers/contracts/instances.js';
import type { Capabilities } from '../../src/providers/contracts/provider.js';
import type { HostWish } from '../../src/providers/contracts/setup.js';
import { gcpProvider } from '../../src/providers/gcp/index.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy/index.js';
import { startGcpStub } from './gcp-stub.js';
import { startGcplocal } from './gcplocal.js';
import { startPriceStub, type PriceStub } from './price-stub.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zq1M6u7mJ0h1yqJQp0m8iW6n1m4m3w2l9p5x7s0aB';

export interface GcpOnEmulator extends Capabilities {
  proxy: FaultProxy;
  prices: PriceStub;
  /** What was done to machines, in order: `reset NAME`. */
  acts: string[];
  leftovers(): Promise<string[]>;
  stop(): Promise<void>;
  extra(name: string): Partial<InstanceSpec>;
}

/** Credentials of a service account that signs its own tokens: nobody has to be asked for one. */
export function serviceAccount(dir: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(dir, 'account.json');
  writeFileSync(
    file,
    JSON.stringify({
      type: 'service_account',
      project_id: 'contract',
      private_key_id: 'k',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: 'fanops@contract.iam.example',
      client_id: '1',
      token_uri: 'http://127.0.0.1:9/token',
    }),
  );
  return file;
}

/** The provider against gcplocal, through the stub and the fault proxy. */
export async function startGcp(
  hosts: Record<string, HostWish> = {},
  clock: Clock = systemClock,
): Promise<GcpOnEmulator> {
  const dir = mkdtempSync(join(tmpdir(), 'gcp-'));
  process.env.GOOGLE_APPLICATION_CREDENTIALS = serviceAccount(dir);
  const prices = await startPriceStub();
  const emulator = await startGcplocal();
  const stub = await startGcpStub(emulator.url);
  const proxy = await startFaultProxy(stub.url);
  const provider = gcpProvider({
    fleet: 'contract',
    dir: '/',
    config: { project: 'contract', zone: 'us-central1-a', endpoint: proxy.url, pricingEndpoint: prices.url },
    hosts,
    env: process.env,
    clock,
    stateDir: async () => dir,
    templates: '',
  });
  return {
    ...(provider as unknown as Capabilities),
    proxy,
    prices,
    acts: stub.acts,
    leftovers: () => stub.left(),
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
      await emulator.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
