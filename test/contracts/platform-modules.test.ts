import { globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { schemaRegistry } from '../../src/context/modules.js';
import { PLATFORM_CAPABILITIES, type PlatformModule } from '../../src/platforms/contracts/module.js';
import { parseFleet as checkFleet } from '../../src/fleet/parse.js';
import * as values from '../../src/fleet/schema-values.js';
import { platformCapability } from '../../src/kit/platform.js';
import { platformCode, platformModule, PLATFORMS, type PlatformTable } from '../../src/platforms/index.js';
import { hostContext } from '../helpers/host-context.js';

/** A right placement of each platform; hosts are those of FLEET. */
const PLACEMENTS: Record<string, object> = {
  'azure-functions': { url: 'https://m1.example/', serverName: 'm1.internal', verify: false },
  pm2: { host: 'app-1', port: 4000, drain: '10s' },
  docker: { host: 'app-1', port: 4000, base: 'registry.example/team/node:24' },
  external: { url: 'https://partner.example/', trustedCertificate: 'ca.pem' },
};

const fleetWith = (placement: object, more = ''): string => `
fleet: test
hosts:
  router-1: { address: 192.0.2.1, roles: [router] }
  app-1: { address: 192.0.2.2, roles: [app] }
router: { host: router-1, listen: 8080 }
services:
  m1: { source: ./m1, route: { path: / }, placements: { there: ${JSON.stringify(placement)} } }
${more}`;

test('the table has every folder of a platform, and each module the name of its folder', async () => {
  const folders = globSync('src/platforms/*/config.ts').map((file) => file.split('/')[2]);
  expect(Object.keys(PLATFORMS).sort()).toEqual(folders.sort());
  expect(Object.keys(PLACEMENTS).sort()).toEqual(folders.sort());
  for (const name of Object.keys(PLATFORMS)) expect((await platformModule(name))?.name).toBe(name);
});

describe.each(Object.keys(PLATFORMS))('platform %s', (name) => {
  const module = async () => (await platformModule(name))!;
  const section = { platform: name, ...PLACEMENTS[name] };

  test('has exactly the capabilities that it names, and tells what it runs on a host where it releases anything', async () => {
    const { capabilities } = await module();
    const { present, ...code } = capabilities.length > 0 ? await platformCode(name) : {};
    expect(Object.keys(code).sort()).toEqual([...capabilities].sort());
    expect(present !== undefined).toBe(capabilities.includes('releases'));
  });

  test('its schema takes a right placement, and refuses keys that it does not know', async () => {
    const schema = (await module()).placement(values);
    expect(schema.safeParse(section).success).toBe(true);
    expect(schema.safeParse({ ...section, unheardOf: 1 }).success).toBe(false);
  });

  test('has targets on the hosts that it names, or at addresses of their own, each without a slash at its end', async () => {
    const { ctx, dispose } = hostContext(fleetWith(section), {});
    const fleet = await ctx.fleet();
    const targets = fleet.targets('m1', 'there', (host) => `${host}.internal`);
    expect(targets.map(({ host }) => host)).toEqual(
      fleet.hostsOf('m1', 'there').length > 0 ? fleet.hostsOf('m1', 'there') : [undefined],
    );
    for (const { url } of targets) expect(url).toMatch(/^https?:\/\/[^/]+$/);
    expect(fleet.portOf('m1', 'there') === undefined).toBe(fleet.hostsOf('m1', 'there').length === 0);
    await dispose();
  });

  test.each(PLATFORM_CAPABILITIES)(
    'has %s, or an error names it, the placement, and those that have it',
    async (capability) => {
      const { ctx, dispose } = hostContext(fleetWith(section), {});
      const asked = platformCapability(ctx, 'm1', 'there', capability);
      if ((await module()).capabilities.includes(capability)) {
        expect(Object.keys(await asked)).not.toEqual([]);
      } else {
        await expect(asked).rejects.toMatchObject({
          code: 'NO_CAPABILITY',
          exitCode: 5,
          message: expect.stringContaining(`m1 is in placement there, on platform ${name}`) as string,
          hint: `Platforms with ${capability}: pm2, docker.`,
        });
      }
      await dispose();
    },
  );
});

test('a platform is one folder and one entry: it takes part in the schema, in checks of hosts and ports, and in routes', async () => {
  const platform: PlatformModule<{ platform: 'toy'; hosts: string[]; listens: number }> = {
    name: 'toy',
    summary: 'a toy',
    capabilities: [],
    accepts: [],
    placement: ({ z, port }) =>
      z.strictObject({ platform: z.literal('toy'), hosts: z.array(z.string()), listens: port }),
    hosts: ({ hosts }) => hosts,
    port: ({ listens }) => listens,
    targets: ({ hosts, listens }, addressOf) =>
      hosts.map((host) => ({ host, url: `http://${addressOf(host)}:${listens}` })),
  };
  const platforms: PlatformTable = { ...PLATFORMS, toy: { config: () => Promise.resolve({ platform }) } };
  const registry = schemaRegistry({ platforms });
  const parse = (placement: object) => checkFleet(fleetWith(placement), '/f/fanops.yaml', registry);
  const fleet = await parse({ platform: 'toy', hosts: ['app-1', 'router-1'], listens: 80 }).catch(
    (error: Error) => error.message,
  );
  expect(fleet).toContain('services.m1.placements.there.hosts.1: host router-1 has not the role app');
  const right = await parse({ platform: 'toy', hosts: ['app-1'], listens: 80 });
  expect(right.placementsOn('app-1')).toEqual([{ service: 'm1', name: 'there' }]);
  expect(right.targets('m1', 'there', () => 'fd00::2')).toEqual([{ host: 'app-1', url: 'http://[fd00::2]:80' }]);
  await expect(parse({ platform: 'toy', hosts: ['app-1'], listens: 80, port: 1 })).rejects.toThrow(
    'unknown key "port"',
  );
  await expect(parse({ platform: 'toys', hosts: [] })).rejects.toThrow('services.m1.placements.there.platform');
});
