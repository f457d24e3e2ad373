import { describe, expect, test } from 'vitest';
import { startGcp } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { addressesContract } from './addresses.contract.js';
import { imagesContract } from './images.contract.js';
import { instancesContract } from './instances.contract.js';
import { networksContract } from './networks.contract.js';
import { pricingContract } from './pricing.contract.js';

const missing = gcplocalMissing();
const start = (): ReturnType<typeof startGcp> => startGcp();

describe.skipIf(missing)('gcp on gcplocal behind a stub', () => {
  instancesContract({ name: 'gcp', ssh: false, start });
  networksContract({ name: 'gcp', start });
  addressesContract({ name: 'gcp', start });
  imagesContract({
    name: 'gcp',
    start,
    known: 'debian-12',
    newest: 'projects/debian-cloud/global/images/debian-12-v20250601',
    newestArm: 'projects/debian-cloud/global/images/debian-12-arm64-v20250601',
    armSize: 'c4a-standard-1',
    bootImage: (body) => /"sourceImage":"([^"]+)"/.exec(body)?.[1],
  });
  test('a machine brings its first boot as user data and, for images without cloud-init, as a startup script', async () => {
    const gcp = await startGcp();
    try {
      await gcp.instances.create({
        name: 'app-1',
        fleet: 'contract',
        roles: ['app'],
        runId: 'run-7',
        ...gcp.extra('app-1'),
        bootScript: '#!/bin/sh\ntrue\n',
      });
      const sent = JSON.parse(gcp.proxy.requests.find(({ body }) => body.includes('startup-script'))?.body ?? '{}') as {
        metadata?: { items: { key: string; value: string }[] };
      };
      expect(sent.metadata?.items).toEqual(
        expect.arrayContaining([
          { key: 'startup-script', value: '#!/bin/sh\ntrue\n' },
          { key: 'user-data', value: '#cloud-config\n{}\n' },
        ]),
      );
      await gcp.instances.destroy('contract', 'app-1');
    } finally {
      await gcp.stop();
    }
  }, 120_000);

  test('the address of a host is one of its region', async () => {
    const gcp = await startGcp({ far: { zone: 'europe-west1-b' } });
    try {
      const machine = await gcp.instances.create({
        name: 'far',
        fleet: 'contract',
        roles: ['router'],
        runId: 'run-7',
        ...gcp.extra('far'),
      });
      const { id, address } = await gcp.addresses.allocate({ fleet: 'contract', host: 'far', run: 'run-7' });
      expect(
        gcp.proxy.requests
          .filter(({ method, path }) => method === 'POST' && path.includes('/addresses'))
          .map(({ path }) => /regions\/([^/]+)/.exec(path)?.[1]),
      ).toEqual(['europe-west1']);
      expect(await gcp.addresses.associate(id, 'contract', 'far')).toMatchObject({ address, heldBy: machine.id });
      expect((await gcp.addresses.list('contract')).items.map((each) => each.address)).toEqual([address]);
      await gcp.addresses.release('contract', 'far');
      await gcp.instances.destroy('contract', 'far');
      expect(await gcp.leftovers()).toEqual([]);
    } finally {
      await gcp.stop();
    }
  }, 120_000);

  // Half a core and two GiB, and a quarter of a core and one GiB.
  pricingContract({
    name: 'gcp',
    start,
    known: 'e2-micro',
    other: 'e2-small',
    region: 'europe-west1',
    list: { 'E2 Core': 0.6, 'E2 Ram': 0.1 },
  });
});
