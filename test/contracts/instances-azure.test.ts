import { describe, expect } from 'vitest';
import { startAzure } from '../helpers/azure.js';
import { addressesContract } from './addresses.contract.js';
import { imagesContract } from './images.contract.js';
import { instancesContract } from './instances.contract.js';
import { networksContract } from './networks.contract.js';
import { pricingContract } from './pricing.contract.js';
import { sharedContract } from './shared.contract.js';

const start = (): ReturnType<typeof startAzure> => startAzure();

// There is no emulator of the Resource Manager that could be installed: this is a stub of ours alone.
describe('azure on a stub', () => {
  instancesContract({ name: 'azure', ssh: false, start });
  networksContract({ name: 'azure', start });
  addressesContract({ name: 'azure', start });
  imagesContract({
    name: 'azure',
    start,
    known: 'debian-12',
    newest: 'Debian:debian-12:12-gen2:0.20250901.1000',
    newestArm: 'Debian:debian-12:12-arm64:0.20250901.1000',
    armSize: 'Standard_B2pls_v2',
    bootImage(body) {
      if (!body.includes('imageReference')) return undefined;
      const {
        properties: {
          storageProfile: {
            imageReference: { publisher, offer, sku, version },
          },
        },
      } = JSON.parse(body) as { properties: { storageProfile: { imageReference: Record<string, string> } } };
      return [publisher, offer, sku, version].join(':');
    },
  });
  pricingContract({
    name: 'azure',
    start,
    known: 'Standard_B2s',
    other: 'Standard_B1s',
    region: 'westeurope',
    list: { Standard_B2s: 0.25, Standard_B1s: 0.5 },
  });
  sharedContract({
    name: 'azure',
    start,
    fail: async ({ proxy, instances }, spec) => {
      const body = JSON.stringify({ error: { code: 'AuthorizationFailed', message: 'no' } });
      proxy.faults.push({
        on: { method: 'PUT', path: /publicIPAddresses/ },
        times: 1,
        then: { kind: 'answer', status: 403, headers: { 'content-type': 'application/json' }, body },
      });
      await expect(instances.create(spec)).rejects.toMatchObject({ provider: 'azure' });
    },
  });
});
