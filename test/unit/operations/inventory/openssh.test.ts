import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Entries } from '../../../../src/operations/inventory/entries.js';
import { sshConfigText } from '../../../../src/operations/inventory/openssh.js';
import { programMissing } from '../../../helpers/missing.js';

const gate = { address: '198.51.100.1', port: 2222, user: 'ops' };
const all: Entries = {
  fleet: 'f',
  knownHosts: '/tmp/a fleet/100%/known_hosts',
  absent: [{ name: 'gone', why: 'Host gone is stopped.' }],
  failed: [],
  entries: [
    {
      name: 'app-1',
      provider: 'aws',
      roles: ['app'],
      endpoint: {
        address: 'fd00::7',
        port: 22,
        user: 'deploy',
        identityFiles: ['/home/o p/key'],
        hostKeyAlias: 'app-1-key',
      },
    },
    { name: 'gate-1', provider: 'existing', roles: ['bastion'], endpoint: gate },
    {
      name: 'inner',
      provider: 'aws',
      roles: ['app'],
      endpoint: { address: '10.0.0.9', port: 22, user: 'deploy', jumps: [{ name: 'gate-1', ...gate }] },
    },
    {
      name: 'far',
      provider: 'existing',
      roles: ['app'],
      endpoint: {
        address: '10.0.0.8',
        port: 22,
        user: 'deploy',
        jumps: [{ name: 'hop', address: '192.0.2.2', port: 23, user: 'x' }],
      },
    },
  ],
};

describe.skipIf(programMissing('ssh', 'apt-get install openssh-client'))('the file as the real ssh reads it', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'ssh-config-'));
    writeFileSync(join(dir, 'config'), sshConfigText(all));
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const settings = (host: string): Record<string, string> => {
    const { stdout, stderr, status } = spawnSync('ssh', ['-G', '-F', join(dir, 'config'), host], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return Object.fromEntries(
      stdout.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );
  };

  test.each(['app-1', 'app-1.f'])('%s', (host) => {
    expect(settings(host)).toMatchObject({
      hostname: 'fd00::7',
      port: '22',
      user: 'deploy',
      hostkeyalias: 'app-1-key',
      stricthostkeychecking: 'true',
      identityfile: '/home/o p/key',
    });
  });

  test('jump hosts: of the fleet by their alias, others by address', () => {
    expect(settings('inner').proxyjump).toBe('gate-1.f');
    expect(settings('gate-1.f')).toMatchObject({ hostname: '198.51.100.1', port: '2222', user: 'ops' });
    expect(settings('far').proxyjump).toMatch(/^x@\[?192\.0\.2\.2\]?:23$/);
  });

  test('a path may hold spaces and percent signs; a host that is left out is named', () => {
    expect(settings('gate-1').userknownhostsfile).toContain('/tmp/a fleet/100%');
    expect(sshConfigText(all)).toContain('# gone is left out: Host gone is stopped.');
  });
});
