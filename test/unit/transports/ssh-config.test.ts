import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpointFor, type WantedEndpoint } from '../../../src/transports/config/endpoint.js';
import type { SshEndpoint } from '../../../src/transports/transport.js';

const hasClient = (): boolean => {
  try {
    execFileSync('ssh', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // the library's half of the tests is what is left then
  }
};

/** With the SSH client of this machine, and with a PATH that has none. */
const ways = [...(hasClient() ? ['the client'] : []), 'the library'];

describe.each(ways)('ssh_config by %s', (way) => {
  let dir: string;
  let file: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'config-'));
    file = join(dir, 'config');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const look = (text: string, wanted: WantedEndpoint, env: NodeJS.ProcessEnv = {}): Promise<SshEndpoint> => {
    writeFileSync(file, text, { mode: 0o600 });
    const path = way === 'the client' ? process.env.PATH : dir;
    return endpointFor(wanted, { file, env: { SSH_AUTH_SOCK: '/run/agent', ...env, PATH: path } });
  };

  test('an alias, with everything that is taken over', async () => {
    const text = [
      'Host prod',
      '  HostName 10.1.2.3',
      '  Port 2222',
      '  User deploy',
      '  IdentityFile ~/.ssh/prod_%h',
      '  IdentityFile /keys/%r-%n',
      '  IdentitiesOnly yes',
      '  IdentityAgent ~/agent.sock',
      '  HostKeyAlias prod-key',
      '  ConnectTimeout 7',
      '  ServerAliveInterval 5',
      '  ServerAliveCountMax 2',
      '  UserKnownHostsFile /known/one "/known/two words"',
      '  AddressFamily inet',
      '  BindAddress 127.0.0.1',
      '',
    ].join('\n');
    expect(await look(text, { address: 'prod' })).toMatchObject({
      address: '10.1.2.3',
      port: 2222,
      user: 'deploy',
      identityFiles: [join(homedir(), '.ssh/prod_10.1.2.3'), '/keys/deploy-prod'],
      identitiesOnly: true,
      agent: join(homedir(), 'agent.sock'),
      hostKeyAlias: 'prod-key',
      connectTimeoutMs: 7000,
      keepaliveIntervalMs: 5000,
      keepaliveCountMax: 2,
      family: 4,
      localAddress: '127.0.0.1',
      jumps: undefined,
    });
  });

  test('what the fleet file says wins', async () => {
    const text =
      'Host prod\n  HostName 10.1.2.3\n  Port 2222\n  User deploy\n  IdentityFile /keys/one\n  ProxyJump bastion\n';
    const wanted = {
      address: 'prod',
      port: 23,
      user: 'root',
      identityFiles: ['/keys/mine'],
      hostKeys: ['ssh-ed25519 AAAA'],
      jumps: [],
    };
    expect(await look(text, wanted)).toMatchObject({ ...wanted, address: '10.1.2.3' });
  });

  test('nothing said: the address itself, port 22, who runs this, the agent of the environment, the default keys', async () => {
    const endpoint = await look('', { address: 'app.example' });
    expect(endpoint).toMatchObject({
      address: 'app.example',
      port: 22,
      user: userInfo().username,
      identityFiles: [],
      agent: '/run/agent',
      identitiesOnly: false,
    });
    expect(endpoint.defaultIdentityFiles).toContain(join(homedir(), '.ssh/id_ed25519'));
    expect((await look('', { address: '2001:db8::1' })).address).toBe('2001:db8::1');
  });

  test('agents: none, by variable, the one of the environment', async () => {
    expect((await look('IdentityAgent none\n', { address: 'a' })).agent).toBeUndefined();
    expect((await look('IdentityAgent $OTHER\n', { address: 'a' }, { OTHER: '/run/other' })).agent).toBe('/run/other');
    expect((await look('IdentityAgent SSH_AUTH_SOCK\n', { address: 'a' })).agent).toBe('/run/agent');
  });

  test('ProxyJump: each hop looked up, and the way to the first one', async () => {
    const text = [
      'Host inner',
      '  HostName 10.0.0.2',
      '  IdentityFile /keys/inner',
      'Host outer',
      '  HostName 203.0.113.1',
      '  User gate',
      '  Port 2200',
      'Host app',
      '  ProxyJump outer,me@inner:23',
      'Host far',
      '  ProxyJump inner',
      'Match host 10.0.0.2',
      '  ProxyJump outer',
      'Host plain',
      '  ProxyJump none',
      '',
    ].join('\n');
    expect((await look(text, { address: 'app' })).jumps).toMatchObject([
      { name: 'outer', address: '203.0.113.1', port: 2200, user: 'gate' },
      { name: 'inner', address: '10.0.0.2', port: 23, user: 'me', identityFiles: ['/keys/inner'] },
    ]);
    if (way === 'the client')
      expect((await look(text, { address: 'far' })).jumps?.map((hop) => hop.name)).toEqual(['outer', 'inner']);
    expect((await look(text, { address: 'plain' })).jumps).toBeUndefined();
  });

  test('too many hops, and a circle', async () => {
    await expect(look('Host app\n  ProxyJump a,b,c\n', { address: 'app' })).rejects.toMatchObject({
      code: 'SSH_CONFIG',
      exitCode: 2,
      message: expect.stringContaining('more than 2 jump hosts') as string,
    });
    await expect(look('Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n', { address: 'a' })).rejects.toMatchObject({
      code: 'SSH_CONFIG',
    });
  });

  test('ProxyCommand is not passed over, except where the fleet file gives the way', async () => {
    const text = 'Host app\n  ProxyCommand nc %h %p\n';
    await expect(look(text, { address: 'app' })).rejects.toMatchObject({
      code: 'SSH_CONFIG',
      where: 'app',
      hint: expect.stringContaining('jump: [HOST]') as string,
    });
    expect((await look(text, { address: 'app', jumps: [] })).address).toBe('app');
    expect((await look(`Host app\n  ProxyCommand none\n${text}`, { address: 'app' })).address).toBe('app');
  });

  test('a token or a variable that is not known is said', async () => {
    await expect(look('IdentityAgent /run/%r-${NOT_SET_HERE}\n', { address: 'a' })).rejects.toMatchObject({
      code: 'SSH_CONFIG',
    });
  });

  test('Include and Match exec: followed by the client, refused without one', async () => {
    mkdirSync(join(dir, 'more'));
    writeFileSync(join(dir, 'more', 'one'), 'Host app\n  HostName 10.9.9.9\n');
    const include = (): Promise<SshEndpoint> => look(`Include ${dir}/more/*\n`, { address: 'app' });
    const match = (): Promise<SshEndpoint> => look('Match host app exec "true"\n  Port 99\n', { address: 'app' });
    if (way === 'the client') {
      expect((await include()).address).toBe('10.9.9.9');
      expect((await match()).port).toBe(99);
    } else {
      await expect(include()).rejects.toMatchObject({
        code: 'SSH_CONFIG',
        hint: expect.stringContaining("OpenSSH's client") as string,
      });
      await expect(match()).rejects.toMatchObject({ code: 'SSH_CONFIG' });
    }
  });

  test('a file that is wrong or not there', async () => {
    if (way === 'the client') {
      await expect(look('Bogus yes\n', { address: 'app' })).rejects.toMatchObject({
        code: 'SSH_CONFIG',
        message: expect.stringMatching(/bogus/i) as string,
      });
      await expect(look('', { address: '-oProxyCommand=touch /tmp/x' })).rejects.toMatchObject({ code: 'SSH_CONFIG' });
    } else {
      const env = { PATH: dir };
      await expect(endpointFor({ address: 'a' }, { file: join(dir, 'none'), env })).rejects.toMatchObject({
        code: 'SSH_CONFIG',
      });
      expect((await endpointFor({ address: 'a' }, { file: 'none', env })).address).toBe('a');
    }
  });
});
