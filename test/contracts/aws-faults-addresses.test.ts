import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startAws } from '../helpers/aws.js';
import { awsRefusal } from '../helpers/fault-proxy/answers.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';
import { motoMissing } from '../helpers/moto.js';

/** What real EC2 does with addresses and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(motoMissing())('addresses of aws behind the fault proxy', () => {
  const suite = faultSuite((clock) => startAws({}, {}, clock));
  const { io, spec } = suite;
  const ADDRESS = { fleet: 'contract', host: 'holder', run: 'run-7' };
  const held = async (): Promise<number> => (await suite.cloud.addresses.list('contract')).items.length;
  beforeAll(async () => {
    await suite.cloud.instances.create({ ...spec(), name: 'holder', ...suite.cloud.extra('holder') }, io);
  });
  afterEach(async () => {
    suite.cloud.proxy.clear();
    await suite.cloud.addresses.release('contract', 'holder');
    expect(await held()).toBe(0);
  });

  test('row 1: an address that the next call does not know yet', async () => {
    const { id } = await suite.cloud.addresses.allocate(ADDRESS);
    suite.cloud.proxy.faults.push({
      on: { body: /Action=AssociateAddress/ },
      times: 2,
      then: awsRefusal(400, 'InvalidAllocationID.NotFound'),
    });
    expect(await suite.cloud.addresses.associate(id, 'contract', 'holder')).toMatchObject({
      id,
      heldBy: expect.stringMatching(/^i-/) as string,
    });
  });

  test('row 3: lost replies to all that is asked of an address leave one, then none', async () => {
    for (const action of ['AllocateAddress', 'AssociateAddress', 'DisassociateAddress', 'ReleaseAddress']) {
      suite.cloud.proxy.faults.push({ on: { body: new RegExp(`Action=${action}`) }, times: 1, then: { kind: 'lose' } });
    }
    const { id } = await suite.cloud.addresses.allocate(ADDRESS);
    expect(await held()).toBe(1);
    expect(await suite.cloud.addresses.associate(id, 'contract', 'holder')).toMatchObject({
      id,
      heldBy: expect.stringMatching(/^i-/) as string,
    });
    await suite.cloud.addresses.release('contract', 'holder');
    expect(await held()).toBe(0);
    expect(suite.cloud.proxy.faults.map(({ times }) => times)).toEqual([0, 0, 0, 0]);
  });

  test('row 3: a lost reply whose repetition is told that the address is taken, by that very machine', async () => {
    const { id } = await suite.cloud.addresses.allocate(ADDRESS);
    suite.cloud.proxy.faults.push(
      { on: { body: /Action=AssociateAddress/ }, times: 1, then: { kind: 'lose' } },
      { on: { body: /Action=AssociateAddress/ }, times: 1, then: awsRefusal(400, 'Resource.AlreadyAssociated') },
    );
    expect(await suite.cloud.addresses.associate(id, 'contract', 'holder')).toMatchObject({
      id,
      heldBy: expect.stringMatching(/^i-/) as string,
    });
  });

  test.each([
    ['Resource.AlreadyAssociated', 'CONFLICT', 1],
    ['InvalidAddress.Locked', 'CONFLICT', 1],
    ['AuthFailure', 'DENIED', 1],
  ])('row 4: %s is told as %s, and not as a missing login', async (code, kind, exitCode) => {
    const { id } = await suite.cloud.addresses.allocate(ADDRESS);
    suite.cloud.proxy.faults.push({ on: { body: /Action=AssociateAddress/ }, then: awsRefusal(400, code) });
    await expect(suite.cloud.addresses.associate(id, 'contract', 'holder')).rejects.toMatchObject({
      code: kind,
      original: code,
      exitCode,
    });
    expect(suite.cloud.proxy.seen(/Action=AssociateAddress/)).toBe(1);
  });

  test('row 4: an address that still counts as in use is given back a moment later', async () => {
    await suite.cloud.addresses.allocate(ADDRESS);
    suite.cloud.proxy.faults.push({
      on: { body: /Action=ReleaseAddress/ },
      times: 2,
      then: awsRefusal(400, 'InvalidIPAddress.InUse'),
    });
    await suite.cloud.addresses.release('contract', 'holder');
    expect(await held()).toBe(0);
  });
});
