import { beforeAll, describe, expect, test } from 'vitest';
import { startAws } from '../helpers/aws.js';
import { awsRefusal } from '../helpers/fault-proxy/answers.js';
import { faultSuite } from '../helpers/fault-proxy/suite.js';
import { splitList } from '../helpers/fault-proxy/xml-pages.js';
import { motoMissing } from '../helpers/moto.js';

const RUN = /Action=RunInstances/;
const LOOK = /Action=DescribeInstances/;

/** What real EC2 does with lists and logins and the emulator does not, by the row of the project's table of such behaviour (docs/emulators.md). */
describe.skipIf(motoMissing())('lists and logins of aws behind the fault proxy', () => {
  const suite = faultSuite((clock) => startAws({}, {}, clock));
  const { io, spec, create } = suite;

  beforeAll(async () => {
    for (let made = 0; made < 3; made += 1) await create();
    await suite.cloud.networks.ensure({ fleet: 'contract', host: 'other', run: 'run-7', rules: [] });
  });

  test.each(['InvalidNextToken', 'InvalidPaginationToken'])(
    'row 5: a list whose next page is not known any more (%s) is begun anew',
    async (code) => {
      const all = (await suite.cloud.instances.list('contract')).items.map((each) => each.name).sort();
      suite.cloud.proxy.clear();
      suite.cloud.proxy.faults.push(
        { on: { body: /NextToken=old/ }, then: awsRefusal(400, code) },
        {
          on: { body: LOOK },
          times: 1,
          then: {
            kind: 'rewrite',
            body: (body) => body.replace('</reservationSet>', '</reservationSet><nextToken>old</nextToken>'),
          },
        },
      );
      expect((await suite.cloud.instances.list('contract')).items.map((each) => each.name).sort()).toEqual(all);
      expect(suite.cloud.proxy.requests.map(({ body }) => new URLSearchParams(body).get('NextToken'))).toEqual([
        null,
        'old',
        null,
      ]);
    },
  );

  test('row 5: one that is never known is told, and not asked for without end', async () => {
    suite.cloud.proxy.faults.push(
      { on: { body: /NextToken=old/ }, then: awsRefusal(400, 'InvalidNextToken') },
      {
        on: { body: LOOK },
        then: {
          kind: 'rewrite',
          body: (body) => body.replace('</reservationSet>', '</reservationSet><nextToken>old</nextToken>'),
        },
      },
    );
    await expect(suite.cloud.instances.list('contract')).rejects.toMatchObject({ original: 'InvalidNextToken' });
    expect(suite.cloud.proxy.seen(/NextToken=old/)).toBe(3);
  });

  test('row 5: security groups and images in split and empty pages are complete', async () => {
    await suite.cloud.networks.ensure({ fleet: 'contract', host: 'paged', run: 'run-7', rules: [] });
    const groups = (await suite.cloud.networks.list('contract')).items.map(({ owner }) => owner.host).sort();
    const image = await suite.cloud.images.resolve('debian-12');
    suite.cloud.proxy.clear();
    splitList(suite.cloud.proxy, /Action=DescribeSecurityGroups/, 'securityGroupInfo');
    expect((await suite.cloud.networks.list('contract')).items.map(({ owner }) => owner.host).sort()).toEqual(groups);
    expect(groups.length).toBeGreaterThan(1);
    splitList(suite.cloud.proxy, /Action=DescribeImages/, 'imagesSet');
    expect(await suite.cloud.images.resolve('debian-12')).toEqual(image);
    expect(suite.cloud.proxy.seen(/NextToken=page-2/)).toBe(2);
    expect(suite.cloud.proxy.seen(/NextToken=page-3/)).toBe(2);
  });

  test('row 5: a list that is split, with an empty page in between, is complete', async () => {
    const all = (await suite.cloud.instances.list('contract')).items.map((each) => each.name).sort();
    expect(all.length).toBeGreaterThan(2);
    suite.cloud.proxy.clear();
    const set = /<reservationSet>[\s\S]*<\/reservationSet>/;
    suite.cloud.proxy.faults.push(
      {
        on: { body: LOOK },
        times: 1,
        then: {
          kind: 'rewrite',
          body: (body) => body.replace(set, '<reservationSet/><nextToken>empty-page</nextToken>'),
        },
      },
      {
        on: { body: /NextToken=empty-page/ },
        then: {
          kind: 'instead',
          request: (seen) => ({ ...seen, body: seen.body.replace(/&NextToken=empty-page/, '') }),
        },
      },
    );
    expect((await suite.cloud.instances.list('contract')).items.map((each) => each.name).sort()).toEqual(all);
    expect(suite.cloud.proxy.seen(/NextToken=empty-page/)).toBe(1);
  });

  test.each(['ExpiredToken', 'RequestExpired'])(
    'row 13: a login that expires in mid-run (%s) stops with one message and no storm of retries',
    async (code) => {
      suite.cloud.proxy.faults.push({ on: { body: LOOK }, after: 1, then: awsRefusal(400, code) });
      await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({
        code: 'NOT_LOGGED_IN',
        exitCode: 4,
        hint: expect.stringContaining('aws sso login') as string,
      });
      expect(suite.cloud.proxy.seen(LOOK)).toBe(2);
    },
  );

  test('row 13: a missing right is told as denied', async () => {
    suite.cloud.proxy.faults.push({ on: { body: RUN }, then: awsRefusal(403, 'UnauthorizedOperation') });
    await expect(suite.cloud.instances.create(spec(), io)).rejects.toMatchObject({ code: 'DENIED', exitCode: 1 });
    expect(suite.cloud.proxy.seen(RUN)).toBe(1);
  });
});
