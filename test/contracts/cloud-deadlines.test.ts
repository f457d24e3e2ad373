import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { CancelledError } from '../../src/core/errors.js';
import { bounded } from '../../src/providers/bounded.js';
import { deadlinesFor } from '../../src/providers/contracts/deadlines.js';
import type { Provider } from '../../src/providers/contracts/provider.js';
import { makeProvider } from '../../src/providers/index.js';
import { certificateIn, trustHere } from '../helpers/azure.js';
import { identity } from '../helpers/azure-stub/login.js';
import { startFaultProxy, type FaultProxy, type Reaction } from '../helpers/fault-proxy/index.js';
import { serviceAccount } from '../helpers/gcp.js';

const CLOUDS = ['aws', 'azure', 'gcp'] as const;
type Cloud = (typeof CLOUDS)[number];

const FAULTS: Record<string, Reaction> = {
  '503 for ever': { kind: 'answer', status: 503, body: 'no' },
  'a 503 that asks for an hour': {
    kind: 'answer',
    status: 503,
    headers: { 'retry-after': '3600', 'content-type': 'application/json' },
    body: '{"error":{"code":"ServiceUnavailable"}}',
  },
  '429 for ever': { kind: 'answer', status: 429, headers: { 'retry-after': '60' }, body: '{}' },
  'no answer': { kind: 'silent' },
  'one byte at a time': { kind: 'drip', status: 200, everyMs: 20, headers: { 'content-type': 'application/json' } },
  nonsense: {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '<html>welcome to the hotel</html>',
  },
  'JSON of something else': {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"hello":"world"}',
  },
  'a cut connection': { kind: 'cut' },
};

/** What of the calls of each cloud changes something. */
const CHANGES: Record<Cloud, (provider: Provider) => Promise<unknown> | undefined> = {
  aws: (provider) => provider.networks?.remove('test', 'a-1'),
  azure: (provider) => provider.networks?.remove('test', 'a-1'),
  gcp: (provider) => provider.networks?.remove('test', 'a-1'),
};

describe('no wait for a cloud without a deadline', () => {
  let dir: string;
  const proxies = {} as Record<Cloud, FaultProxy>;
  const unbounded = (name: Cloud, lookMs: number, signal?: AbortSignal): Promise<Provider> => {
    const endpoint = proxies[name].url;
    const config = {
      aws: { region: 'us-east-1', endpoint },
      azure: { subscription: '00000000-0000-4000-8000-000000000001', location: 'eastus', endpoint },
      gcp: { project: 'contract', zone: 'us-central1-a', endpoint },
    }[name];
    return makeProvider(name, {
      fleet: 'test',
      dir,
      config,
      hosts: { 'a-1': {} },
      env: process.env,
      clock: systemClock,
      signal,
      deadlines: deadlinesFor(lookMs),
      stateDir: async () => dir,
      templates: '',
    });
  };
  const provider = async (name: Cloud, lookMs: number, signal?: AbortSignal): Promise<Provider> =>
    bounded(await unbounded(name, lookMs, signal), { signal, lookMs: () => lookMs });

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'deadlines-'));
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    process.env.GOOGLE_APPLICATION_CREDENTIALS = serviceAccount(dir);
    Object.assign(process.env, await identity());
    const pair = certificateIn(dir);
    trustHere(pair.cert);
    for (const name of CLOUDS)
      proxies[name] = await startFaultProxy('http://127.0.0.1:9', name === 'azure' ? pair : undefined);
    // Loading the SDKs is no part of what is measured.
    for (const name of CLOUDS) {
      proxies[name].faults.push({ on: {}, then: FAULTS['a cut connection']! });
      await (await provider(name, 20_000)).instances!.list('test').catch(() => undefined);
    }
  }, 60_000);
  beforeEach(() => CLOUDS.forEach((name) => proxies[name].clear()));
  afterAll(async () => {
    for (const each of Object.values(proxies)) await each.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  describe.each(CLOUDS)('%s', (name) => {
    test.each(Object.keys(FAULTS))('a list that meets %s ends with an error', async (fault) => {
      proxies[name].faults.push({ on: {}, then: FAULTS[fault]! });
      const list = (await provider(name, 1500)).instances!.list('test');
      await expect(list).rejects.toMatchObject({ name: 'ProviderError' });
      expect(proxies[name].requests.length).toBeGreaterThan(0);
    });

    test.each(['no answer', 'one byte at a time'])(
      'a change that meets %s ends by the deadlines of its calls alone',
      async (fault) => {
        proxies[name].faults.push({ on: {}, then: FAULTS[fault]! });
        await expect(CHANGES[name](await unbounded(name, 400))).rejects.toMatchObject({
          name: 'ProviderError',
          code: 'PROVIDER_DOWN',
        });
      },
    );

    test.each(['no answer', '503 for ever', '429 for ever', 'one byte at a time'])(
      'Ctrl-C ends a list and a change that meet %s, long before any deadline',
      async (fault) => {
        proxies[name].faults.push({ on: {}, then: FAULTS[fault]! });
        const stop = new AbortController();
        const made = await provider(name, 3_600_000, stop.signal);
        const waiting = Promise.allSettled([
          made.instances!.list('test'),
          made.networks!.list('test'),
          CHANGES[name](made),
        ]);
        while (proxies[name].requests.length === 0) await systemClock.sleep(10);
        stop.abort(new CancelledError());
        const [list, networks] = await waiting;
        expect(
          [list, networks].map((each) => (each.status === 'rejected' ? (each.reason as Error).name : 'answered')),
        ).toEqual(['CancelledError', 'CancelledError']);
      },
    );
  });
});
