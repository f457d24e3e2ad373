import { expect, test } from 'vitest';
import { hostFieldProblems } from '../../../src/fleet/host-fields.js';
import type { FleetFile, HostConfig } from '../../../src/fleet/schema.js';
import { MODULES } from '../../helpers/modules.js';

const problems = (host: Partial<HostConfig>): string[] =>
  hostFieldProblems({ fleet: 'test', hosts: { a: { roles: ['app'], ...host } } } as FleetFile, MODULES.providers).map(
    ({ path, message, hint }) => `${path.join('.')}: ${message}. ${hint ?? ''}`.trim(),
  );

test.each<[string, Partial<HostConfig>, string[]]>([
  [
    'all that a cloud reads',
    {
      provider: 'aws',
      size: 't3.small',
      image: 'debian-12',
      disk: 20,
      region: 'eu-west-1',
      zone: 'eu-west-1a',
      sshFrom: 'auto',
    },
    [],
  ],
  ['a local zone', { provider: 'aws', region: 'us-west-2', zone: 'us-west-2-lax-1a' }, []],
  ['a machine that exists', { address: '203.0.113.7', port: 2222, hostKey: 'ssh-ed25519 AAAA' }, []],
  [
    'a region of gcp',
    { provider: 'gcp', region: 'europe-west1' },
    ['hosts.a.region: a host of gcp is placed by its zone. Write `zone: europe-west1-b`.'],
  ],
  [
    'a zone of gcp that is a region',
    { provider: 'gcp', zone: 'europe-west1' },
    ['hosts.a.zone: "europe-west1" is no zone of gcp. Such as europe-west1-b.'],
  ],
  [
    'a zone of azure that is one of AWS',
    { provider: 'azure', zone: 'eu-west-1a' },
    ['hosts.a.zone: "eu-west-1a" is no zone of azure. A number, in quotes: "1".'],
  ],
  [
    'a zone of another region',
    { provider: 'aws', region: 'eu-west-1', zone: 'us-east-1a' },
    ['hosts.a.zone: us-east-1a is not in eu-west-1.'],
  ],
  [
    'a size on a local host',
    { provider: 'local', size: 't3.small' },
    ['hosts.a.size: means nothing for a host of local. It is read for: docker, aws, azure, gcp.'],
  ],
  [
    'a disk of a container',
    { provider: 'docker', disk: 20 },
    ['hosts.a.disk: means nothing for a host of docker. It is read for: aws, azure, gcp.'],
  ],
  [
    'a port of a machine that is made',
    { provider: 'docker', port: 2222 },
    ['hosts.a.port: means nothing for a host of docker. It is read for machines with an address of their own.'],
  ],
  [
    'a firewall of a machine that exists',
    { address: 'a.example', sshFrom: 'auto' },
    ['hosts.a.sshFrom: means nothing for a machine that exists already. It is read for: aws, azure, gcp.'],
  ],
])('%s', (_what, host, expected) => {
  expect(problems(host)).toEqual(expected);
});
