import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstBootScript } from '../../src/remote/first-boot-script.js';
import { bareKey, firstHostKey, makeHostKey, takeHostKey } from '../../src/remote/host-key.js';
import { createSshTransport } from '../../src/transports/ssh.js';
import { startBareMachine, type BareMachine } from '../helpers/bare-machine.js';
import { dockerMissing } from '../helpers/docker.js';
import { keyPair } from '../helpers/sshd.js';

const missing = dockerMissing();

/** Stands for the guest agent of an image without cloud-init: it runs the script as root at each boot. */
describe.skipIf(missing)('the first boot of a machine without cloud-init', () => {
  const fleet = 'e2e-first-boot';
  let machine: BareMachine;
  let dir: string;
  let operator: { path: string; public: string };
  const hostKey = firstHostKey(Buffer.alloc(32, 7), 'run-7', fleet, 'app-1');

  const asRoot = (argv: string[], input?: string): string => machine.asRoot(argv, input);
  const boot = (keys: string[]): string =>
    asRoot(['sh'], firstBootScript({ user: 'ops', authorizedKeys: keys, hostKey }));
  const shownKey = (): string => bareKey(asRoot(['cat', '/etc/ssh/ssh_host_ed25519_key.pub']));
  /** Runs a command by SSH, with exactly this host key. */
  async function bySsh(key: string, argv: string[]): Promise<string> {
    const { endpoint } = (await machine.instances.find(fleet, 'app-1'))!;
    const transport = createSshTransport({
      host: 'app-1',
      knownHostsFile: join(dir, `known-${Math.random()}`),
      endpoint: { ...endpoint!, user: 'ops', identityFiles: [operator.path], hostKeys: [key] },
    });
    try {
      return (await transport.run({ argv })).stdout.trim();
    } finally {
      await transport.close();
    }
  }

  beforeAll(async () => {
    machine = await startBareMachine(fleet);
    dir = mkdtempSync(join(tmpdir(), 'fo-first-boot-'));
    operator = keyPair(dir, 'operator');
  }, 300_000);
  afterAll(async () => {
    await (machine as BareMachine | undefined)?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 120_000);

  test('where cloud-init is, the script leaves all to it', () => {
    const shown = shownKey();
    boot([operator.public]);
    expect(shownKey()).toBe(shown);
    expect(asRoot(['sh', '-c', 'ls /var/lib/fanops 2>&1 || true'])).toContain('No such file');
  });

  test('else it makes the login and brings the host key', async () => {
    asRoot(['rm', '/usr/bin/cloud-init']);
    boot([`${operator.public} it's "mine" $(touch /root/pwned)`]);
    expect(shownKey()).toBe(bareKey(hostKey.public));
    expect(await bySsh(bareKey(hostKey.public), ['id', '-un'])).toBe('ops');
    expect(await bySsh(bareKey(hostKey.public), ['sudo', '-n', 'id', '-u'])).toBe('0');
    expect(
      asRoot(['ls', '/etc/ssh'])
        .split('\n')
        .filter((name) => name.startsWith('ssh_host_')),
    ).toEqual(['ssh_host_ed25519_key', 'ssh_host_ed25519_key.pub']);
    expect(asRoot(['ls', '-A', '/root'])).not.toContain('pwned');
  });

  test('at the next boot the key that was made there meanwhile stays, and nothing stands twice', async () => {
    const fresh = bareKey(asRoot(makeHostKey('app-1')));
    asRoot(takeHostKey());
    boot([operator.public]);
    expect(shownKey()).toBe(fresh);
    expect(await bySsh(fresh, ['wc', '-l', '.ssh/authorized_keys'])).toMatch(/^1 /);
  });

  test('in a copy of the machine that is told another key, it does its work again', async () => {
    const other = firstHostKey(Buffer.alloc(32, 8), 'run-8', fleet, 'app-1');
    asRoot(['sh'], firstBootScript({ user: 'ops', authorizedKeys: [operator.public], hostKey: other }));
    expect(await bySsh(bareKey(other.public), ['id', '-un'])).toBe('ops');
  });
});
