import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { node, NODESOURCE_KEY, type NodeSource } from '../../src/remote/bootstrap/node.js';
import { parseLook } from '../../src/remote/bootstrap/task.js';
import { startBareMachine, type BareMachine } from '../helpers/bare-machine.js';
import { dockerMissing } from '../helpers/docker.js';
import { programMissing } from '../helpers/missing.js';
import { MIRROR_HOSTS, startNodeMirror, type NodeMirror } from '../helpers/node-mirror.js';

const missing = dockerMissing() ?? (programMissing('gpg', 'apt-get install gnupg') ? 'gpg' : undefined);

/** What bootstrap does as root on a machine, on a real one; where Node comes from is a stub of ours. */
describe.skipIf(missing)('Node by NodeSource and by the tarball', () => {
  const fleet = 'e2e-node';
  let machine: BareMachine;
  let mirror: NodeMirror;
  let files: Map<string, Buffer>;

  const asRoot = (argv: string[], input?: string): string => machine.asRoot(argv, input);
  const sh = (script: string): string => asRoot(['sh', '-c', script]);
  /** Without standing still: the stub lives in this process. */
  async function apply(source: NodeSource, signer = mirror.signer): Promise<{ code: number; stderr: string }> {
    const child = spawn('docker', ['exec', machine.container, ...node(22, source, '', signer).apply], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>]);
    return { code, stderr };
  }
  const look = () => parseLook(asRoot(node(22, 'tarball').check));

  beforeAll(async () => {
    machine = await startBareMachine(fleet);
    const gateway = execFileSync(
      'docker',
      ['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', `fanops-${fleet}`],
      { encoding: 'utf8' },
    ).trim();
    mirror = await startNodeMirror(gateway);
    files = new Map(mirror.files);
    sh(`echo '${gateway} ${MIRROR_HOSTS.join(' ')}' >> /etc/hosts`);
    asRoot(
      ['sh', '-c', 'cat > /usr/local/share/ca-certificates/mirror.crt && update-ca-certificates >/dev/null 2>&1'],
      mirror.authority,
    );
  }, 300_000);
  afterAll(async () => {
    await (mirror as NodeMirror | undefined)?.stop();
    await (machine as BareMachine | undefined)?.stop();
  }, 120_000);
  beforeEach(() => {
    mirror.files.clear();
    for (const [at, file] of files) mirror.files.set(at, file);
  });

  test.each([
    [
      'a wrong sum',
      (all: Map<string, Buffer>) =>
        all.set(
          'nodejs.org/dist/latest-v24.x/SHASUMS256.txt',
          Buffer.from(`${'1'.repeat(64)}  node-v${process.versions.node}-linux-${process.arch}.tar.gz\n`),
        ),
      /FAILED|did NOT match/,
    ],
    [
      'no build for this machine',
      (all: Map<string, Buffer>) => all.set('nodejs.org/dist/latest-v24.x/SHASUMS256.txt', Buffer.from('')),
      /no build of Node 24 for/,
    ],
    [
      'a tarball that is cut',
      (all: Map<string, Buffer>) =>
        [...all]
          .filter(([at]) => at.endsWith('.tar.gz'))
          .forEach(([at, file]) => all.set(at, file.subarray(0, 1_000_000))),
      /FAILED|did NOT match/,
    ],
    ['a server that has nothing', (all: Map<string, Buffer>) => all.clear(), /404/],
  ])('the tarball: %s is refused, and nothing is left', async (_what, spoil, said) => {
    spoil(mirror.files);
    const { code, stderr } = await apply('tarball');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(said);
    expect(sh('ls /opt/fanops 2>/dev/null; ls /usr/local/bin')).not.toMatch(/node/);
  });

  test('the tarball: checked against its sum, it is there with npm', async () => {
    expect(look().changes).not.toEqual([]);
    expect(await apply('tarball')).toMatchObject({ code: 0 });
    expect(look()).toEqual({ changes: [], details: [`Node ${process.versions.node}`] });
    expect(sh('npm --version')).toMatch(/^\d+\./);
    sh('rm -rf /opt/fanops /usr/local/bin/node /usr/local/bin/npm /usr/local/bin/npx');
  });

  test('NodeSource: packages that another key has signed are refused, and the source is not left behind', async () => {
    mirror.files.set('deb.nodesource.com/node_24.x/dists/nodistro/InRelease', mirror.wrongRelease);
    const { code, stderr } = await apply('nodesource');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/NO_PUBKEY|not signed|signatures/i);
    expect(sh('ls /etc/apt/sources.list.d /etc/apt/keyrings /var/lib/apt/lists')).not.toContain('nodesource');
    expect(look().changes).not.toEqual([]);
  });

  test('NodeSource: a source that is signed by the key that it shows, but not by the one that fanops knows, is refused', async () => {
    const { code, stderr } = await apply('nodesource', NODESOURCE_KEY);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/NO_PUBKEY|not signed|signatures/i);
    expect(sh('ls /etc/apt/sources.list.d /etc/apt/keyrings /var/lib/apt/lists')).not.toContain('nodesource');
  });

  test('NodeSource: signed packages are installed, and stay with later updates', async () => {
    expect(await apply('nodesource')).toMatchObject({ code: 0 });
    expect(look()).toEqual({ changes: [], details: [`Node ${process.versions.node}`] });
    expect(sh('npm --version && dpkg-query -W nodejs')).toContain('nodesource');
    expect(sh('ls /etc/apt/sources.list.d')).toContain('fanops-nodesource');
  });
});
