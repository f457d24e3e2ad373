import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostList } from '../../src/operations/host/list.js';
import type { ProvisionResult } from '../../src/operations/host/provision.js';
import type { DryRunResult } from '../../src/operations/run/start.js';
import { dockerMissing, engineState, startEngine, TEST_BASE, type TestEngine } from '../helpers/docker.js';
import { FileFleet } from '../helpers/file-fleet.js';
import { programMissing } from '../helpers/missing.js';
import { killAt } from '../helpers/interrupt.js';
import { until } from '../helpers/until.js';

const FLEET = `fleet: e2e-docker
providers: { docker: { image: "${TEST_BASE}" } }
hosts:
  app-1: { provider: docker, roles: [app] }
  edge-1: { provider: docker, roles: [bastion] }
  inner-1: { provider: docker, roles: [bastion], jump: [edge-1] }
`;

const missing = dockerMissing();

describe.skipIf(missing !== undefined)('hosts in Docker', () => {
  let engine: TestEngine;
  let fleet: FileFleet;
  let before: ReturnType<typeof engineState>;
  const container = (host: string): string => `fanops-e2e-docker-${host}`;
  const containers = (): string[] => engineState().containers.filter((name) => name.startsWith('fanops-e2e-docker-'));
  const state = async (host: string): Promise<string | undefined> =>
    (await fleet.json<HostList>('host', 'list')).hosts.find(({ name }) => name === host)?.state;

  beforeAll(async () => {
    engine = await startEngine();
    before = engineState();
    fleet = new FileFleet('docker', FLEET);
  }, 300_000);
  afterAll(async () => {
    await (fleet as FileFleet | undefined)?.stop();
    await engine.stop();
  }, 120_000);

  test('a run that is killed while it makes a host goes on and ends with one; undo ends with none', async () => {
    for (const point of [
      { step: 'edge-1/create', moment: 'progress' },
      { step: 'edge-1/key', moment: 100 },
    ] as const) {
      const { runId } = await killAt(fleet.start('host', 'provision', 'edge-1', '--yes'), point);
      await fleet.ok('runs', 'resume', runId);
      expect(containers()).toEqual([container('edge-1')]);
      expect((await fleet.ok('exec', 'edge-1', '--', 'id', '-un')).trim()).toBe('deploy');
      await fleet.ok('runs', 'undo', runId, '--yes');
      expect(engineState()).toEqual(before);
    }
  }, 600_000);

  test('what a dead run of another clone left is swept by its id', async () => {
    const { runId } = await killAt(fleet.start('host', 'provision', 'edge-1', '--yes'), {
      step: 'edge-1/create',
      moment: 'end',
    });
    rmSync(join(fleet.dir, '.fanops'), { recursive: true });
    expect(containers()).toEqual([container('edge-1')]);
    expect(await fleet.json('host', 'sweep', '--run', 'another-run', '--yes')).toMatchObject({ removed: [] });
    expect(await fleet.json('host', 'sweep', '--run', runId, '--yes')).toMatchObject({
      swept: runId,
      removed: ['docker/edge-1/host'],
      failed: [],
    });
    expect(engineState()).toEqual(before);
  }, 120_000);

  test('all hosts are made at once, a host behind another one after it; a second run changes nothing', async () => {
    const { hosts } = await fleet.json<ProvisionResult>('host', 'provision', '--all', '--yes');
    expect(hosts.map(({ name, changed }) => [name, changed]).sort()).toEqual([
      ['app-1', true],
      ['edge-1', true],
      ['inner-1', true],
    ]);
    const again = await fleet.json<DryRunResult>('host', 'provision', '--all', '--dry-run');
    expect(again.steps.filter(({ check }) => check.state !== 'done')).toEqual([]);
    expect(
      (await fleet.json<ProvisionResult>('host', 'provision', '--all', '--yes')).hosts.every(({ changed }) => !changed),
    ).toBe(true);
    expect((await fleet.ok('exec', 'inner-1', '--', 'hostname')).trim()).toBe('inner-1');
    expect(
      (await fleet.json<HostList>('host', 'list')).hosts.map(({ name, state, drift }) => [name, state, drift]).sort(),
    ).toEqual([
      ['app-1', 'running', []],
      ['edge-1', 'running', []],
      ['inner-1', 'running', []],
    ]);
  }, 900_000);

  test('the key of the first boot is refused; the one that was made there is known, also to ssh', async () => {
    const first = execFileSync(
      'docker',
      ['inspect', '--format', '{{index .Config.Labels "fanops-host-key"}}', container('app-1')],
      { encoding: 'utf8' },
    ).trim();
    const { endpoint } = (
      await fleet.json<{ entries: { name: string; endpoint: { port: number; hostKeys: string[] } }[] }>('ssh-config')
    ).entries.find(({ name }) => name === 'app-1')!;
    expect(endpoint.hostKeys).toHaveLength(1);
    expect(endpoint.hostKeys[0]).not.toBe(first);
    const known = join(fleet.dir, '.fanops/known_hosts');
    expect(readFileSync(known, 'utf8')).not.toContain(first);
    writeFileSync(join(fleet.dir, 'old_known'), `[127.0.0.1]:${endpoint.port} ${first}\n`);
    const config = join(fleet.dir, 'ssh.conf');
    writeFileSync(config, await fleet.ok('ssh-config'));
    const ssh = (...args: string[]): ReturnType<typeof spawnSync> =>
      spawnSync('ssh', ['-F', config, '-o', 'BatchMode=yes', ...args], { encoding: 'utf8', timeout: 30_000 });
    expect(ssh('app-1', 'hostname')).toMatchObject({ status: 0, stdout: 'app-1\n' });
    expect(ssh('inner-1.e2e-docker', 'hostname')).toMatchObject({ status: 0, stdout: 'inner-1\n' });
    const refused = ssh('-o', `UserKnownHostsFile=${join(fleet.dir, 'old_known')}`, 'app-1', 'hostname');
    expect(refused.status).toBe(255);
    expect(refused.stderr).toMatch(/verification failed/i);
  }, 60_000);

  test.skipIf(programMissing('ansible', 'apt-get install ansible-core'))(
    'ansible takes the inventory as it is',
    async () => {
      const script = join(fleet.dir, 'sub/inventory.sh');
      await fleet.ok('inventory', '--write', script);
      const { status, stdout, stderr } = spawnSync('ansible', ['-i', script, 'all', '-m', 'ping', '-o'], {
        encoding: 'utf8',
        env: { ...process.env, ...fleet.env },
        timeout: 60_000,
      });
      expect({
        status,
        hosts: stdout.split('\n').filter((line) => line.includes('SUCCESS')).length,
        stderr: status === 0 ? '' : stderr,
      }).toEqual({ status: 0, hosts: 3, stderr: '' });
      expect(
        spawnSync('ansible', ['-i', script, 'role_app', '--list-hosts'], {
          encoding: 'utf8',
          env: { ...process.env, ...fleet.env },
        }).stdout,
      ).toContain('app-1');
    },
    120_000,
  );

  test('services come back after a restart; stop and start keep what is there', async () => {
    await fleet.ok(
      'exec',
      'app-1',
      '--',
      'sh',
      '-c',
      'echo "setInterval(() => {}, 1000)" > ticks.js && pm2 start ticks.js && pm2 save',
    );
    await fleet.ok('host', 'restart', 'app-1', '--yes');
    await until(
      'PM2 to bring its app back',
      async () => (await fleet.cli('exec', 'app-1', '--', 'pm2', 'jlist')).stdout.includes('"status":"online"'),
      60_000,
    );
    await fleet.ok('host', 'stop', 'app-1', '--yes');
    expect(await state('app-1')).toBe('stopped');
    expect((await fleet.cli('exec', 'app-1', '--', 'true')).stderr).toContain('is stopped');
    await fleet.ok('host', 'start', 'app-1', '--yes');
    expect((await fleet.ok('exec', 'app-1', '--', 'cat', 'ticks.js')).trim()).toBe('setInterval(() => {}, 1000)');
  }, 300_000);

  test('destroyed hosts leave nothing', async () => {
    await fleet.ok('host', 'destroy', '--all', '--yes');
    expect(engineState()).toEqual(before);
    expect(readFileSync(join(fleet.dir, '.fanops/known_hosts'), 'utf8').trim()).toBe('');
    expect((await fleet.cli('host', 'start', 'app-1', '--yes')).stderr).toContain('is not there');
  }, 120_000);
});
