import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { end, type Known } from '../../scripts/lib/processes.mjs';
import { connectionString, gateEvent, startAzurite, startStandIn } from '../../scripts/lib/sample-fleet.mjs';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { ROOT } from '../helpers/cli.js';
import { dockerMissing, engineState, startEngine, TEST_BASE, type TestEngine } from '../helpers/docker.js';
import { FileFleet } from '../helpers/file-fleet.js';
import { SHORT_TIMING } from '../helpers/fleet.js';
import { freePorts } from '../helpers/ports.js';
import { sampleModules } from '../helpers/sample-modules.js';
import { tcpProxy, type TcpProxy } from '../helpers/tcp-proxy.js';

const missing = dockerMissing();
const paths = [
  { path: '/api/flow/status?stadiumId=rabat' },
  { path: '/api/flow/version' },
  { method: 'POST', path: '/api/flow/ingest', body: gateEvent('A1', 80) },
];

describe.skipIf(missing !== undefined)('m1 moves to a container behind an nginx container', () => {
  let engine: TestEngine;
  let fleet: FileFleet;
  let before: ReturnType<typeof engineState>;
  let router = 0;
  let storage: string;
  const known: Known[] = [];
  const proxies: TcpProxy[] = [];
  const file = (standIn: string): string => `fleet: e2e-move
providers: { docker: { image: "${TEST_BASE}" } }
hosts:
  app-1: { provider: docker, roles: [app] }
  router-1: { provider: docker, roles: [router] }
  edge-1: { provider: docker, roles: [bastion] }
router: { host: router-1, engine: nginx, listen: ${router} }
services:
  m1:
    source: ./m1
    route: { path: /api/flow }
    settings: { AzureWebJobsStorage: "file:storage-connection", STALE_SCHEDULE: "0 0 0 1 1 *" }
    placements:
      azure: { platform: azure-functions, url: "${standIn}" }
      vm: { platform: pm2, host: app-1, port: 3000 }
    parity: [{ path: /api/flow/version }, { path: "/api/flow/status?stadiumId=rabat" }]
    gate: { minRequests: 3, latencyFloor: 8s, timeout: 15s }
${SHORT_TIMING}
`;

  beforeAll(async () => {
    engine = await startEngine();
    before = engineState();
    fleet = new FileFleet('move', '');
    const { dir } = fleet;
    const [listen = 0, standIn = 0, blob = 0, queue = 0, table = 0] = await freePorts(5);
    router = listen;
    cpSync(join(ROOT, 'examples/can2025/m1'), join(dir, 'm1'), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
    symlinkSync(await sampleModules(), join(dir, 'm1/node_modules'));
    cpSync(join(dir, 'm1'), join(dir, 'stand-in/app'), { recursive: true, verbatimSymlinks: true });
    known.push(await startAzurite({ dir: join(dir, 'azurite'), ports: { blob, queue, table } }));
    storage = connectionString({ blob, queue, table });
    known.push(
      await startStandIn({
        dir: join(dir, 'stand-in'),
        app: join(dir, 'stand-in/app'),
        port: standIn,
        settings: { AzureWebJobsStorage: storage, STALE_SCHEDULE: '0 0 0 1 1 *' },
      }),
    );
    writeFileSync(join(dir, 'storage-connection'), storage, { mode: 0o600 });
    fleet.write(file(`http://127.0.0.1:${standIn}`));
    await fleet.json('host', 'provision', '--all', '--yes');
    // The old side and its storage stand on this machine: the containers reach them at the gateway of their network.
    const gateway = execFileSync(
      'docker',
      ['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', 'fanops-e2e-move'],
      { encoding: 'utf8' },
    ).trim();
    const [old, ...stores] = await Promise.all(
      [standIn, blob, queue, table].map((port) => tcpProxy(port, undefined, gateway)),
    );
    proxies.push(old!, ...stores);
    const [b, q, t] = stores.map(({ port }) => port);
    writeFileSync(
      join(dir, 'storage-connection'),
      connectionString({ blob: b!, queue: q!, table: t! }).replaceAll('127.0.0.1', gateway),
      { mode: 0o600 },
    );
    fleet.write(file(`http://${gateway}:${old!.port}`));
    await fleet.json('router', 'apply', '--yes');
  }, 600_000);
  afterAll(async () => {
    await (fleet as FileFleet | undefined)?.stop();
    for (const proxy of proxies) await proxy.close();
    for (const each of known) await end(each);
    await engine.stop();
  }, 120_000);

  test('and back, under 20 requests a second, and none fails', async () => {
    const load = startLoad({ base: `http://127.0.0.1:${router}`, paths, perSecond: 20 });
    const moved = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--hold', '1s');
    expect(moved).toMatchObject({ service: 'm1', from: 'azure', to: 'vm', changed: true });
    expect((await fleet.json<StatusResult>('status')).services[0]).toMatchObject({
      placement: 'vm',
      release: moved.release,
    });
    await fleet.json('migrate', 'rollback', 'm1', '--yes');
    expect((await fleet.json<StatusResult>('status')).services[0]?.placement).toBe('azure');
    const samples = await load.stop();
    expect(failures(samples)).toEqual([]);
    expect(samples.length).toBeGreaterThan(100);
  }, 600_000);

  test('destroyed hosts leave the engine as it was', async () => {
    await fleet.json('host', 'destroy', '--all', '--yes');
    expect(engineState()).toEqual(before);
  }, 120_000);
});
