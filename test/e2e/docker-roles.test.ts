import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DryRunResult } from '../../src/operations/run/start.js';
import type { RouterShow } from '../../src/operations/router/show.js';
import { cli, type CliResult } from '../helpers/cli.js';
import { dockerMissing, engineState, startEngine, TEST_BASE, type TestEngine } from '../helpers/docker.js';
import { freePorts } from '../helpers/fleet.js';

const missing = dockerMissing();

describe.skipIf(missing !== undefined)('a host that is a router with HAProxy and an ops hub with Docker', () => {
  let engine: TestEngine;
  let dir: string;
  let port = 0;
  let before: ReturnType<typeof engineState>;
  const fanops = (...args: string[]): Promise<CliResult> => cli(args, { cwd: dir, env: { HOME: join(dir, 'home'), FANOPS_OPERATOR: 'tester' } });
  async function ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await fanops(...args);
    if (code !== 0) throw new Error(`fanops ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  beforeAll(async () => {
    engine = await startEngine();
    before = engineState();
    dir = mkdtempSync(join(tmpdir(), 'fo-roles-'));
    mkdirSync(join(dir, 'home'));
    [port = 0] = await freePorts(1);
    writeFileSync(join(dir, 'fanops.yaml'), `fleet: e2e-roles
providers: { docker: { image: "${TEST_BASE}" } }
hosts: { router-1: { provider: docker, roles: [router, ops-hub] } }
router: { host: router-1, engine: haproxy, listen: ${port} }
`);
  }, 300_000);
  afterAll(async () => {
    await fanops('host', 'destroy', '--all', '--yes');
    await engine.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }, 120_000);

  test('bootstrap installs HAProxy with its service off, and Docker for the login; a second run changes nothing, and the router runs its own HAProxy', async () => {
    await ok('host', 'provision', 'router-1', '--yes');
    expect(await ok('exec', 'router-1', '--', '/usr/sbin/haproxy', '-v')).toContain('HAProxy version 2.6');
    expect((await fanops('exec', 'router-1', '--', 'systemctl', 'is-active', 'haproxy')).stdout).toContain('inactive');
    expect((await fanops('exec', 'router-1', '--', 'systemctl', 'is-enabled', 'haproxy')).stdout).toContain('disabled');
    expect(await ok('exec', 'router-1', '--', 'docker', 'version', '--format', 'server {{.Server.Version}}')).toMatch(/server \d+\./);
    expect((await fanops('exec', 'router-1', '--', 'systemctl', 'is-enabled', 'docker')).stdout).toContain('enabled');
    const { steps } = JSON.parse(await ok('host', 'bootstrap', 'router-1', '--dry-run', '--json')) as DryRunResult;
    expect(steps.filter(({ check }) => check.state !== 'done')).toEqual([]);
    await ok('router', 'apply', '--yes');
    expect(JSON.parse(await ok('router', 'show', '--json')) as RouterShow).toMatchObject({ engine: 'haproxy', running: true });
    const answer = await fetch(`http://127.0.0.1:${port}/nothing`);
    expect([answer.status, await answer.json()]).toEqual([404, { error: 'no service has this path' }]);
    await ok('host', 'destroy', 'router-1', '--yes');
    expect(engineState()).toEqual(before);
  }, 600_000);
});
