import { expect, test } from 'vitest';
import { locate, mergeLayers, readLayer } from '../../../src/fleet/layers.js';
import { earlierSpellings } from '../../../src/fleet/earlier-spelling.js';
import { fleetSchema } from '../../../src/fleet/schema.js';
import { knownKeys, nodeOf, type SchemaNode } from '../../../src/fleet/shape.js';
import { trustHash, trustParts } from '../../../src/fleet/trust-parts.js';
import { MODULES, parseFleet } from '../../helpers/modules.js';

const EARLIER = `fleet: shop
ssh_from: auto
ssh_keys: [ssh-ed25519 CCCC, file:../key.pub]
hosts:
  app-1: { provider: aws, roles: [app], ssh_from: [192.0.2.0/24] }
  app-2: { address: 10.0.0.7, roles: [app] }
providers: { aws: { region: eu-west-1 } }
hooks: { before-deploy: ./check.sh, after-cutover: { run: ./announce.sh }, after-deploy: ./done.sh }
`;
const PRESENT = EARLIER.replaceAll(
  /ssh_(.)|(before|after)-(.)/g,
  (_all, ssh?: string, when?: string, phase?: string) =>
    ssh ? `ssh${ssh.toUpperCase()}` : `${when}${phase?.toUpperCase()}`,
);

const node = nodeOf(fleetSchema(MODULES));

function problemsOf(text: string): { path: string; where: string; message: string }[] {
  try {
    parseFleet(text, 'fanops.yaml');
    return [];
  } catch (error) {
    return (error as { data: { problems: { path: string; where: string; message: string }[] } }).data.problems;
  }
}

test('every key of the fleet schema is camelCase', () => {
  const keys = (of: SchemaNode): string[] => [
    ...Object.keys(of.properties ?? {}),
    ...[of.properties ?? {}, of.oneOf ?? [], of.anyOf ?? []].flatMap((nested) => Object.values(nested)).flatMap(keys),
    ...[of.items, of.additionalProperties].flatMap((nested) => (typeof nested === 'object' ? keys(nested) : [])),
  ];
  expect(keys(node).length).toBeGreaterThan(100);
  expect(keys(node).filter((key) => !/^[a-z][A-Za-z0-9]*$/.test(key))).toEqual([]);
});

test('keys in their earlier spelling are read as those of now', () => {
  expect(PRESENT).not.toMatch(/ssh_|before-|after-/);
  expect(parseFleet(EARLIER, 'f').config).toEqual(parseFleet(PRESENT, 'f').config);
  expect(parseFleet(EARLIER, 'f').config).toMatchObject({ sshFrom: 'auto', hooks: { beforeDeploy: './check.sh' } });
});

test.each(earlierSpellings)('$earlier is no key of the schema, and $key is one', ({ at, earlier, key }) => {
  const known = knownKeys({}, node)(at);
  expect(known).toContain(key);
  expect(known).not.toContain(earlier);
});

test('a key in both spellings is refused with the places of both, each of them at once', () => {
  const problems = problemsOf(`fleet: shop
sshFrom: auto
ssh_from: [192.0.2.0/24]
hosts:
  "a.b": { provider: aws, roles: [app], ssh_from: auto, sshFrom: auto }
hooks:
  before-deploy: ./one.sh
  beforeDeploy: ./two.sh
`);
  expect(problems.map(({ where, path, message }) => `${where} ${path} ${message}`)).toEqual([
    'fanops.yaml:3:1 ssh_from is the earlier spelling of sshFrom, which stands at fanops.yaml:2:1 as well',
    'fanops.yaml:5:41 hosts.a.b.ssh_from is the earlier spelling of sshFrom, which stands at fanops.yaml:5:57 as well',
    'fanops.yaml:7:3 hooks.before-deploy is the earlier spelling of beforeDeploy, which stands at fanops.yaml:8:3 as well',
  ]);
});

test('what is wrong with a key in its earlier spelling is told at its place, by its present name', () => {
  expect(problemsOf(EARLIER.replace('ssh_from: auto', 'ssh_from: nobody'))).toEqual([
    expect.objectContaining({ path: 'sshFrom', where: 'fanops.yaml:2:11' }),
  ]);
  expect(problemsOf(EARLIER.replace('before-deploy', 'before-anything'))[0]).toMatchObject({
    path: 'hooks.before-anything',
    message: 'unknown key "before-anything"',
  });
});

test('an environment is laid over a key of the base in either spelling', () => {
  for (const [base, over] of [
    ['sshFrom: auto', 'ssh_from: [192.0.2.9]'],
    ['ssh_from: auto', 'sshFrom: [192.0.2.9]'],
  ]) {
    const layers = [readLayer(`${base}\n`, 'base'), readLayer(`${over}\n`, 'over')];
    expect(mergeLayers(layers)).toEqual({ sshFrom: ['192.0.2.9'] });
    expect(locate(layers, ['sshFrom'], true)).toEqual({ file: 'over', line: 1, col: 1 });
  }
  expect(mergeLayers([readLayer('ssh_keys: [a]\n', 'base'), readLayer('sshKeys: null\n', 'over')])).toEqual({});
});

test('hosts that share a map by an alias of YAML have its keys in the present spelling, once', () => {
  const text = `fleet: a
x-host: &host { provider: aws, roles: [app], ssh_from: auto }
hosts: { a: *host, b: *host }
providers: { aws: { region: eu-west-1 } }
`;
  const { hosts } = parseFleet(text, 'f').config;
  expect([hosts.a?.sshFrom, hosts.b?.sshFrom]).toEqual(['auto', 'auto']);
});

test('what was trusted in the earlier spelling is trusted in both: the hash is that of the version before', () => {
  const hashOf = (text: string): string => {
    const fleet = parseFleet(text, '/nowhere/fanops.yaml');
    return trustHash(fleet, trustParts(fleet));
  };
  const trusted = `fleet: shop
ssh_from: auto
ssh_keys: [ssh-ed25519 CCCC, file:../key.pub]
hosts:
  app-1: { address: 10.0.0.7, roles: [app] }
hooks: { before-deploy: ./check.sh, after-cutover: { run: ./announce.sh }, after-deploy: ./done.sh }
`;
  expect(hashOf(trusted)).toBe('37f249fa9749cb6ec802895f039e5e4854039edc4bd17e79062cc79043fb6225');
  expect(hashOf(trusted.replace('ssh_keys', 'sshKeys').replace('before-deploy', 'beforeDeploy'))).toBe(hashOf(trusted));
});
