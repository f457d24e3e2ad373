import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Engine } from '../../src/providers/docker/engine.js';
import { DockerInstances } from '../../src/providers/docker/instances.js';
import { dockerMissing, engineState, startEngine, TEST_BASE } from '../helpers/docker.js';
import { keyPair } from '../helpers/sshd.js';
import { instancesContract } from './instances.contract.js';
import { sharedContract } from './shared.contract.js';

const missing = dockerMissing();
const templates = join(import.meta.dirname, '..', '..', 'templates');

const start = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'docker-hosts-'));
  const engine = await startEngine();
  const before = JSON.stringify(engineState());
  const user = keyPair(dir, 'user');
  const host = keyPair(dir, 'host');
  const instances = new DockerInstances({ engine: new Engine(undefined, process.env), base: TEST_BASE, templates });
  const userData = `#cloud-config\n${JSON.stringify({
    users: [{ name: 'ops', shell: '/bin/bash', ssh_authorized_keys: [user.public], sudo: 'ALL=(ALL) NOPASSWD:ALL' }],
    ssh_keys: { ed25519_private: readFileSync(host.path, 'utf8'), ed25519_public: host.public },
    ssh_deletekeys: true,
    ssh_genkeytypes: [],
  })}\n`;
  return {
    instances,
    shared: instances.shared,
    identityFile: user.path,
    extra: () => ({ userData, user: 'ops', hostKey: host.public.split(' ').slice(0, 2).join(' ') }),
    leftovers: async () => {
      const now = engineState();
      return JSON.stringify(now) === before ? [] : [...now.containers, ...now.networks, ...now.volumes];
    },
    stop: async () => {
      for (const each of (await instances.list('contract')).items) await instances.destroy('contract', each.name);
      await engine.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

describe.skipIf(missing)('docker', () => {
  instancesContract({ name: 'docker', ssh: true, start });
  sharedContract({
    name: 'docker',
    start,
    fail: ({ instances }, spec) =>
      expect(instances.create({ ...spec, publish: [70_000] })).rejects.toMatchObject({ provider: 'docker' }),
  });
});
