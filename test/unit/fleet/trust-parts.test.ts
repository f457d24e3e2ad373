import { describe, expect, test } from 'vitest';
import { parseFleet } from '../../helpers/modules.js';
import { trustHash, trustParts } from '../../../src/fleet/trust-parts.js';

const FLEET = `fleet: shop
providers:
  aws: { region: eu-west-1 }
  gcp: { project: mine, zone: europe-west1-b }
hosts:
  edge: { address: 203.0.113.1, hostKey: ssh-ed25519 AAAA, roles: [bastion] }
  app-1: { address: 10.0.0.7, user: deploy, jump: [edge], roles: [app] }
  app-2: { provider: aws, image: debian-12, roles: [app] }
  router-1: { address: router.example, port: 2222, roles: [router] }
router: { host: router-1, listen: 8080 }
services:
  m1:
    source: ./m1
    route: { path: /api }
    placements: { vm: { platform: pm2, host: app-1, port: 3000 } }
`;
const fleetWith = (from = '', to = '') => {
  const text = FLEET.replace(from, to);
  if (from !== '' && text === FLEET) throw new Error(`"${from}" is not in the fleet.`);
  return parseFleet(text, '/nowhere/fanops.yaml');
};
const hashOf = (from?: string, to?: string): string => {
  const fleet = fleetWith(from, to);
  return trustHash(fleet, trustParts(fleet));
};

describe('which machines get secrets and run commands is part of what is trusted', () => {
  test.each([
    ['another address of an app host', 'address: 10.0.0.7', 'address: 198.51.100.9'],
    ['another address of the router host', 'address: router.example', 'address: router.example.net'],
    ['another port of SSH', 'port: 2222', 'port: 2022'],
    ['no port of SSH', 'port: 2222, ', ''],
    ['another login', 'user: deploy', 'user: root'],
    ['another way', 'jump: [edge]', 'jump: []'],
    ['another host key', 'ssh-ed25519 AAAA', 'ssh-ed25519 BBBB'],
    ['no host key', 'hostKey: ssh-ed25519 AAAA, ', ''],
    ['another private key', 'user: deploy', 'user: deploy, identity: ./key'],
    ['another bastion on the way', 'address: 203.0.113.1', 'address: 203.0.113.2'],
    [
      'the machine of somebody in place of one that a provider makes',
      'provider: aws, image: debian-12',
      'address: 198.51.100.9',
    ],
    ['an image that somebody published', 'image: debian-12', 'image: ami-0123456789'],
    ['a key that may log in to new hosts', 'fleet: shop', 'fleet: shop\nsshKeys: [ssh-ed25519 CCCC]'],
    ['a role in another account', 'region: eu-west-1', 'region: eu-west-1, role: "arn:aws:iam::1:role/x"'],
    ['another login of the user', 'region: eu-west-1', 'region: eu-west-1, profile: prod'],
    ['the project of somebody', 'project: mine', 'project: theirs'],
  ])('%s needs new trust', (_what, from, to) => {
    expect(hashOf(from, to)).not.toBe(hashOf());
  });

  test.each([
    ['the port of a service', 'port: 3000', 'port: 3001'],
    ['the port of the router', 'listen: 8080', 'listen: 8443'],
    ['a route', 'path: /api', 'path: /v2'],
    ['a size, and another published image', 'image: debian-12', 'image: ubuntu-24.04, size: t3.large'],
    ['a region', 'region: eu-west-1', 'region: eu-west-2'],
    ['roles', 'roles: [bastion]', 'roles: [bastion, app]'],
  ])('%s does not', (_what, from, to) => {
    expect(hashOf(from, to)).toBe(hashOf());
  });

  test('hosts are shown as they are reached', () => {
    expect(trustParts(fleetWith()).filter(({ path }) => path.startsWith('hosts.'))).toEqual([
      { path: 'hosts.app-1', does: 'is deploy@10.0.0.7 by way of edge' },
      { path: 'hosts.edge', does: 'is 203.0.113.1 known by ssh-ed25519 AAAA' },
      { path: 'hosts.router-1', does: 'is router.example:2222' },
    ]);
  });
});
