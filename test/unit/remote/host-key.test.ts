import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { cloudConfig, distinctKeys, parseBoot } from '../../../src/remote/cloud-init.js';
import { bareKey, ed25519, FIRST_KEY, firstHostKey } from '../../../src/remote/host-key.js';

const seed = (byte: number): Buffer => Buffer.alloc(32, byte);

test('a pair is read by others, signs and verifies; its size does not depend on the key', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const pair = ed25519(seed(byte), 'a comment'.slice(0, byte % 10));
    const [secret, open] = [ssh2.utils.parseKey(pair.private), ssh2.utils.parseKey(pair.public)] as [
      ParsedKey,
      ParsedKey,
    ];
    expect(secret.getPublicSSH()).toEqual(open.getPublicSSH());
    expect(open.verify(Buffer.from('m'), secret.sign(Buffer.from('m')))).toBe(true);
  }
});

test('the first key of a host is the same for each try of a run, and differs by run, fleet, host and operator', () => {
  const first = firstHostKey(seed(1), 'R1', 'f', 'app-1');
  expect(firstHostKey(seed(1), 'R1', 'f', 'app-1')).toEqual(first);
  const others = [
    firstHostKey(seed(2), 'R1', 'f', 'app-1'),
    firstHostKey(seed(1), 'R2', 'f', 'app-1'),
    firstHostKey(seed(1), 'R1', 'g', 'app-1'),
    firstHostKey(seed(1), 'R1', 'f', 'app-2'),
  ];
  expect(new Set([first, ...others].map((pair) => bareKey(pair.public))).size).toBe(5);
  expect(first.public.endsWith(` ${FIRST_KEY}`)).toBe(true);
});

test('the user data of a new machine', () => {
  const hostKey = firstHostKey(seed(1), 'R1', 'f', 'app-1');
  const text = cloudConfig({ user: 'deploy', authorizedKeys: ['ssh-ed25519 AAAA ada'], hostKey });
  expect(text.startsWith('#cloud-config\n')).toBe(true);
  expect(parse(text)).toEqual({
    users: [
      {
        name: 'deploy',
        gecos: 'fanops',
        shell: '/bin/bash',
        lock_passwd: true,
        sudo: ['ALL=(ALL) NOPASSWD:ALL'],
        ssh_authorized_keys: ['ssh-ed25519 AAAA ada'],
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public },
  });
});

test('the state of the first boot', () => {
  expect(parseBoot('running\n')).toEqual({ state: 'running' });
  expect(parseBoot('none\n')).toEqual({ state: 'done', errors: [] });
  expect(parseBoot('done\n{"v1": {"errors": ["locale: no"], "datasource": null}}\n')).toEqual({
    state: 'done',
    errors: ['locale: no'],
  });
});

test('keys of one operator are listed once', () => {
  expect(distinctKeys(['ssh-ed25519 AAAA', 'ssh-ed25519 AAAA ada@laptop', 'ssh-ed25519 BBBB'])).toEqual([
    'ssh-ed25519 AAAA ada@laptop',
    'ssh-ed25519 BBBB',
  ]);
});
