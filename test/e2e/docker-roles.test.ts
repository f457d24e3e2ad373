import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DryRunResult } from '../../src/operations/run/start.js';
import type { RouterShow } from '../../src/operations/router/show.js';
import { dockerMissing, engineState, startEngine, TEST_BASE, type TestEngine } from '../helpers/docker.js';
import { FileFleet } from '../helpers/file-fleet.js';
import { freePorts } from '../helpers/ports.js';

const missing = dockerMissing();

describe.skipIf(missing !== undefined)('a host that is a router with HAProxy and an ops hub with Docker', () => {
  let engine: TestEngine;
  let fleet: FileFleet;
  let port = 0;
  let before: ReturnType<typeof engineState>;

  beforeAll(async () => {
    engine = await startEngine();
    before = engineState();
    [port = 0] = await freePorts(1);
    fleet = new FileFleet(
      'roles',
      `fleet: e2e-roles
providers: { docker: { image: "${TEST_BASE}" } }
hosts: { router-1: { provider: docker, roles: [router, ops-hub] } }
router: { host: router-1, engine: haproxy, listen: ${port} }
`,
    );
  }, 300_000);
  afterAll(async () => {
    await (fleet as FileFleet | undefined)?.stop();
    await engine.stop();
  }, 120_000);

  test('bootstrap installs HAProxy with its service off, and Docker for the login; a second run changes nothing, and the router runs its own HAProxy', async () => {
    await fleet.ok('host', 'provision', 'router-1', '--yes');
    expect(await fleet.ok('exec', 'router-1', '--', '/usr/sbin/haproxy', '-v')).toContain('HAProxy version 2.6');
    expect((await fleet.cli('exec', 'router-1', '--', 'systemctl', 'is-active', 'haproxy')).stdout).toContain(
      'inactive',
    );
    expect((await fleet.cli('exec', 'router-1', '--', 'systemctl', 'is-enabled', 'haproxy')).stdout).toContain(
      'disabled',
    );
    expect(
      await fleet.ok('exec', 'router-1', '--', 'docker', 'version', '--format', 'server {{.Server.Version}}'),
    ).toMatch(/server \d+\./);
    expect((await fleet.cli('exec', 'router-1', '--', 'systemctl', 'is-enabled', 'docker')).stdout).toContain(
      'enabled',
    );
    const { steps } = await fleet.json<DryRunResult>('host', 'bootstrap', 'router-1', '--dry-run');
    expect(steps.filter(({ check }) => check.state !== 'done')).toEqual([]);
    await fleet.ok('router', 'apply', '--yes');
    expect(await fleet.json<RouterShow>('router', 'show')).toMatchObject({ engine: 'haproxy', running: true });
    const answer = await fetch(`http://127.0.0.1:${port}/nothing`);
    expect([answer.status, await answer.json()]).toEqual([404, { error: 'no service has this path' }]);
    await fleet.ok('host', 'destroy', 'router-1', '--force', '--yes');
    expect(engineState()).toEqual(before);
  }, 600_000);
});
