import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostList } from '../../src/operations/host/list.js';
import type { ProvisionResult } from '../../src/operations/host/provision.js';
import type { DryRunResult } from '../../src/operations/run/start.js';
import { awsCloud } from '../helpers/cloud-machines/aws.js';
import { azureCloud } from '../helpers/cloud-machines/azure.js';
import type { Cloud } from '../helpers/cloud-machines/cloud.js';
import { CloudFleet } from '../helpers/cloud-machines/fleet.js';
import { gcpCloud } from '../helpers/cloud-machines/gcp.js';
import { makeMachineImage } from '../helpers/cloud-machines/image.js';
import { dockerMissing, engineState, startEngine, type TestEngine } from '../helpers/docker.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { SOAK } from '../helpers/interrupt.js';
import { motoMissing } from '../helpers/moto.js';

const missing = dockerMissing() ?? motoMissing() ?? gcplocalMissing();
/** Node and PM2, which take longest, are brought to hosts of all providers in the same way: here only in a soak. */
const roles = [SOAK ? 'app' : 'bastion'];
const HOSTS = {
  'aws-1': { provider: 'aws', roles },
  'azure-1': { provider: 'azure', roles },
  'gcp-1': { provider: 'gcp', roles },
};
const names = Object.keys(HOSTS);

/** A fleet in three clouds at once, as a user makes and removes it. The machines are containers, see test/helpers/cloud-machines. */
describe.skipIf(missing !== undefined)('hosts in AWS, Azure and Google Cloud', () => {
  let engine: TestEngine;
  let clouds: Cloud[] = [];
  let fleet: CloudFleet;
  let engineBefore: ReturnType<typeof engineState>;
  let before: unknown[];
  const snapshots = (): Promise<unknown[]> => Promise.all(clouds.map((cloud) => cloud.snapshot()));

  beforeAll(async () => {
    engine = await startEngine();
    makeMachineImage();
    engineBefore = engineState();
    clouds = await Promise.all([awsCloud(), azureCloud(), gcpCloud()]);
    before = await snapshots();
    fleet = new CloudFleet('hybrid', clouds, HOSTS);
  }, 600_000);
  afterAll(async () => {
    await (fleet as CloudFleet | undefined)?.stop();
    for (const cloud of clouds) await cloud.stop();
    expect(engineState()).toEqual(engineBefore);
    await engine.stop();
  }, 120_000);

  test('are made at once and prepared; a second run changes nothing', async () => {
    const planned = await fleet.json<DryRunResult>('host', 'provision', '--all', '--dry-run');
    expect(
      planned.steps.filter(({ id }) => /^[^/]+\/(firewall|create)$/.test(id)).map(({ check }) => check.state),
    ).toEqual(names.flatMap(() => ['change', 'change']));
    const { run, hosts } = await fleet.json<ProvisionResult>('host', 'provision', '--all', '--yes');
    expect(hosts.map(({ name, provider, port, changed }) => [name, provider, port, changed]).sort()).toEqual(
      names.map((name) => [name, name.slice(0, -2), 22, true]),
    );
    const { steps } = await fleet.json<{ steps: { id: string; unchanged: boolean }[] }>('runs', 'show', run);
    const changed = steps.filter(({ unchanged }) => !unchanged).map(({ id }) => id);
    for (const name of names)
      expect(changed).toEqual(
        expect.arrayContaining(['key', 'bootstrap/updates', 'bootstrap/firewall'].map((step) => `${name}/${step}`)),
      );
    const again = await fleet.json<DryRunResult>('host', 'provision', '--all', '--dry-run');
    expect(again.steps.filter(({ check }) => check.state !== 'done')).toEqual([]);
    expect(
      (await fleet.json<ProvisionResult>('host', 'provision', '--all', '--yes')).hosts.every((host) => !host.changed),
    ).toBe(true);
  }, 600_000);

  test('are listed as the file says, and commands run on them', async () => {
    const { hosts } = await fleet.json<HostList>('host', 'list');
    expect(hosts.map(({ name, provider, state, drift }) => [name, provider, state, drift]).sort()).toEqual(
      names.map((name) => [name, name.slice(0, -2), 'running', []]),
    );
    for (const name of names)
      expect(
        (await fleet.ok('exec', name, '--', 'sudo', 'nft', 'list', 'table', 'inet', 'fanops')).match(
          /dport 22 accept/g,
        ),
      ).toHaveLength(1);
    if (SOAK) for (const name of names) expect(await fleet.ok('exec', name, '--', 'pm2', '--version')).toMatch(/^7\./m);
  }, 120_000);

  test('are known by a key that was made there; the first one, which the provider has seen, is refused', async () => {
    const { entries } = await fleet.json<{
      entries: { name: string; endpoint: { address: string; hostKeys: string[] } }[];
    }>('ssh-config');
    const config = join(fleet.dir, 'ssh.conf');
    writeFileSync(config, await fleet.ok('ssh-config'));
    const ssh = (...args: string[]): ReturnType<typeof spawnSync> =>
      spawnSync('ssh', ['-F', config, '-o', 'BatchMode=yes', ...args], { encoding: 'utf8', timeout: 30_000 });
    for (const { name, endpoint } of entries) {
      const first = firstKeys(clouds, name);
      expect(first).toHaveLength(1);
      expect(endpoint.hostKeys).toHaveLength(1);
      expect(endpoint.hostKeys).not.toEqual(first);
      expect(readFileSync(join(fleet.dir, '.fanops/known_hosts'), 'utf8')).not.toContain(first[0]);
      expect(ssh(name, 'id', '-un')).toMatchObject({ status: 0, stdout: 'deploy\n' });
      writeFileSync(join(fleet.dir, 'old_known'), `${endpoint.address} ${first[0]}\n`);
      const refused = ssh('-o', `UserKnownHostsFile=${join(fleet.dir, 'old_known')}`, name, 'true');
      expect([refused.status, refused.stderr]).toEqual([255, expect.stringMatching(/verification failed/i)]);
    }
  }, 120_000);

  test('stop and start with what is on them', async () => {
    await fleet.ok('exec', 'gcp-1', '--', 'sh', '-c', 'echo here > kept');
    await fleet.ok('host', 'stop', 'gcp-1', '--yes');
    expect((await fleet.cli('exec', 'gcp-1', '--', 'true')).stderr).toContain('is stopped');
    await fleet.ok('host', 'start', 'gcp-1', '--yes');
    expect(await fleet.ok('exec', 'gcp-1', '--', 'cat', 'kept')).toBe('here\n');
  }, 300_000);

  test('destroyed, they leave nothing in any cloud', async () => {
    await fleet.ok('host', 'destroy', '--all', '--yes');
    expect(await snapshots()).toEqual(before);
    expect(readFileSync(join(fleet.dir, '.fanops/known_hosts'), 'utf8').trim()).toBe('');
  }, 300_000);
});

/** Host keys in the requests that made a host: what its provider was told before the first boot. */
function firstKeys(clouds: readonly Cloud[], host: string): string[] {
  const requests = clouds
    .flatMap(({ proxy }) => proxy?.requests ?? [])
    .map(({ body }) => (body.startsWith('{') ? body : decodeURIComponent(body.replaceAll('+', ' '))));
  const making =
    requests.find((body) => body.includes(host) && /Action=RunInstances|"osProfile"|"user-data"/.test(body)) ?? '';
  return [...(/fanops-host-key.{0,40}?(ssh-ed25519 [\w+/=]+)/s.exec(making)?.slice(1) ?? [])];
}
