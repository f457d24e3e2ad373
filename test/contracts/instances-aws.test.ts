import { describe, expect } from 'vitest';
import { motoMissing } from '../helpers/moto.js';
import { startAws } from '../helpers/aws.js';
import { addressesContract } from './addresses.contract.js';
import { imagesContract } from './images.contract.js';
import { instancesContract } from './instances.contract.js';
import { networksContract } from './networks.contract.js';
import { pricingContract } from './pricing.contract.js';
import { sharedContract } from './shared.contract.js';

const missing = motoMissing();

describe.skipIf(missing)('aws on moto', () => {
  instancesContract({ name: 'aws', ssh: false, start: startAws });
  networksContract({ name: 'aws', start: startAws });
  addressesContract({ name: 'aws', start: startAws });
  imagesContract({ name: 'aws', start: startAws, known: 'debian-12', newest: 'ami-0deb12000000000a2' });
  pricingContract({ name: 'aws', start: startAws, known: 't3.micro' });
  sharedContract({
    name: 'aws', start: startAws,
    fail: async ({ proxy, instances }, spec) => {
      const body = '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>';
      proxy.faults.push({ on: { body: /Action=RunInstances/ }, times: 1, then: { kind: 'answer', status: 403, body } });
      await expect(instances.create(spec)).rejects.toMatchObject({ provider: 'aws' });
    },
  });
});
