import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootstrapResult } from '../../src/operations/host/bootstrap.js';
import type { DryRunResult } from '../../src/operations/run/start.js';
import { startBareMachine, type BareMachine } from '../helpers/bare-machine.js';
import type { CliResult } from '../helpers/cli.js';
import { dockerMissing, TEST_BASE, TEST_BASE_13 } from '../helpers/docker.js';
import { FileFleet } from '../helpers/file-fleet.js';
import { programMissing } from '../helpers/missing.js';
import { MIRROR_HOSTS, startNodeMirror, type NodeMirror } from '../helpers/node-mirror.js';
import { seenResults } from '../helpers/json-output.js';
import { keyPair } from '../helpers/sshd.js';

const missing = dockerMissing() ?? (programMissing('gpg', 'apt-get install gnupg') ? 'gpg' : undefined);
/** Debian 13 in a soak; it has a Node that will do. */
const newer = process.env.FANOPS_DEBIAN === '13';
const base = newer ? TEST_BASE_13 : TEST_BASE;

/** As a user types it, on one machine after the other; nodejs.org and NodeSource are a stub of ours. */
describe.skipIf(missing)('fanops host bootstrap', () => {
  const fleet = 'e2e-boot';
  let machine: BareMachine;
  let typed: FileFleet;
  let mirror: NodeMirror;
  const sh = (script: string): string => machine.asRoot(['sh', '-c', script]);
  const bootstrap = (...flags: string[]): Promise<CliResult> =>
    typed.cli('host', 'bootstrap', 'app-1', '--yes', ...flags);

  beforeAll(async () => {
    typed = new FileFleet(
      'boot',
      `fleet: ${fleet}\nproviders: { docker: { image: "${base}" } }\nhosts:\n  app-1: { provider: docker, roles: [app], user: deploy, identity: operator }\n`,
    );
    const operator = keyPair(typed.dir, 'operator');
    machine = await startBareMachine(fleet, [operator.public], base);
    sh(`useradd -m -s /bin/bash deploy && install -d -m 700 -o deploy -g deploy ~deploy/.ssh && echo '${operator.public}' > ~deploy/.ssh/authorized_keys
      chown deploy:deploy ~deploy/.ssh/authorized_keys; echo 'deploy ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/test`);
  }, 300_000);
  afterAll(async () => {
    await (mirror as NodeMirror | undefined)?.stop();
    await (machine as BareMachine | undefined)?.stop();
    rmSync(typed.dir, { recursive: true, force: true, maxRetries: 5 });
  }, 120_000);

  test('a dry run on a machine that has nothing yet tells what would come, and is no error', async () => {
    const { code, stdout, stderr } = await bootstrap('--dry-run', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const { steps } = JSON.parse(stdout) as DryRunResult;
    const checks = Object.fromEntries(steps.map(({ id, check }) => [id, check]));
    expect(checks['app-1/bootstrap/node']).toMatchObject({ state: 'change' });
    expect(checks['app-1/bootstrap/pm2']).toMatchObject({ state: 'change' });
    expect(checks['app-1/check']).toEqual({
      state: 'unknown',
      reason: 'Host app-1 lacks Node >=20 (it has none), npm, PM2',
    });
    expect((await bootstrap('--dry-run', '--exit-code')).code).toBe(3);
  }, 60_000);

  test('without a way out of its network, a host gets its Node and PM2 from this machine; what else it lacks is told with the ways out', async () => {
    const route = sh('ip route show default').trim();
    sh('ip route del default; cp /etc/resolv.conf /root/resolv.conf; : > /etc/resolv.conf');
    const { code, stderr } = await bootstrap('--node', 'copy');
    expect(stderr).toMatch(/npm did not install PM2 there: the registry of npm does not answer/);
    expect(stderr).toMatch(/no source of packages can be reached, and unattended-upgrades is missing: set a proxy/);
    expect(code).toBe(1);
    expect(
      sh(
        'node --version; readlink /usr/local/bin/node /usr/local/bin/pm2; systemctl is-enabled fanops-pm2-deploy.service',
      )
        .trim()
        .split('\n'),
    ).toEqual([process.version, '/opt/fanops/node/bin/node', '/opt/fanops/pm2/node_modules/pm2/bin/pm2', 'enabled']);
    sh(`ip route add ${route}; cat /root/resolv.conf > /etc/resolv.conf; rm -rf /opt/fanops /usr/local/bin/*`);
  }, 300_000);

  test('a tarball whose sum is wrong is refused', async () => {
    const gateway = execFileSync(
      'docker',
      ['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', `fanops-${fleet}`],
      { encoding: 'utf8' },
    ).trim();
    mirror = await startNodeMirror(gateway);
    sh(`echo '${gateway} ${MIRROR_HOSTS.join(' ')}' >> /etc/hosts`);
    machine.asRoot(
      ['sh', '-c', 'cat > /usr/local/share/ca-certificates/mirror.crt && update-ca-certificates >/dev/null 2>&1'],
      mirror.authority,
    );
    const sums = 'nodejs.org/dist/latest-v24.x/SHASUMS256.txt';
    const right = mirror.files.get(sums)!;
    mirror.files.set(sums, Buffer.from(right.toString().replaceAll(/^[0-9a-f]{64}/gm, '1'.repeat(64))));
    const { code, stderr } = await bootstrap('--node', 'tarball');
    mirror.files.set(sums, right);
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/Node cannot be brought to app-1[^]*tarball: .*did NOT match/),
    ]);
    expect(sh('ls -A /opt/fanops 2>/dev/null; ls /usr/local/bin')).not.toContain('node');
  }, 120_000);

  test('a source that fails gives way to the next one, and each failure is told', async () => {
    const { code, stdout, stderr } = await bootstrap('--json');
    const { host, tasks } = JSON.parse(stdout) as BootstrapResult;
    expect([host, tasks.some(({ changed }) => changed), [...seenResults]]).toEqual(['app-1', true, ['host bootstrap']]);
    const found = sh('readlink -f "$(command -v node)"; node --version').trim().split('\n');
    if (newer) {
      expect([code, found]).toEqual([0, ['/usr/bin/node', expect.stringMatching(/^v20/)]]);
    } else {
      expect(stderr).toMatch(
        /no Node by distribution: the distribution has Node 18; 20 or newer is needed[^]*no Node by nodesource: [^]*not signed/,
      );
      expect([code, found]).toEqual([0, ['/opt/fanops/node/bin/node', process.version]]);
    }
    expect(sh('ls /etc/apt/sources.list.d /etc/apt/keyrings /var/lib/apt/lists')).not.toContain('nodesource');
    expect(await bootstrap('--dry-run', '--exit-code')).toMatchObject({ code: 0 });
  }, 300_000);
});
