import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StatusResult } from '../../src/operations/status/status.js';
import { cli, startCli } from '../helpers/cli.js';
import { serviceAccount } from '../helpers/gcp.js';
import { until } from '../helpers/until.js';

/** Clouds that take a connection and say nothing, and a command for the login that never ends. */
describe('queries of clouds that say nothing', () => {
  let dir: string;
  let server: Server;
  let env: NodeJS.ProcessEnv;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'fo-silent-'));
    serviceAccount(dir);
    server = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/az'), '#!/bin/sh\nexec sleep 600\n');
    chmodSync(join(dir, 'bin/az'), 0o755);
    writeFileSync(
      join(dir, 'fanops.yaml'),
      JSON.stringify({
        fleet: 'silent',
        providers: {
          aws: { region: 'us-east-1', endpoint: `http://${address}` },
          azure: { subscription: 's', location: 'eastus', endpoint: `https://${address}` },
          gcp: { project: 'contract', zone: 'us-central1-a', endpoint: `http://${address}` },
        },
        hosts: {
          'aws-1': { provider: 'aws', roles: ['app'] },
          'azure-1': { provider: 'azure', roles: ['app'] },
          'gcp-1': { provider: 'gcp', roles: ['app'] },
        },
      }),
    );
    env = {
      HOME: dir,
      PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      GOOGLE_APPLICATION_CREDENTIALS: join(dir, 'account.json'),
      AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential',
    };
  });
  afterAll(() => {
    for (const each of sockets) each.destroy();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('status ends with exit code 3 and what is unknown, when the time that the user sets is over', async () => {
    const { code, stdout, stderr } = await cli(['status', '--json'], {
      cwd: dir,
      env: { ...env, FANOPS_CLOUD_TIMEOUT: '4s' },
    });
    expect(code, stderr).toBe(3);
    expect((JSON.parse(stdout) as StatusResult).hosts.map(({ name, state }) => [name, state])).toEqual([
      ['aws-1', 'unknown'],
      ['azure-1', 'unknown'],
      ['gcp-1', 'unknown'],
    ]);
  });

  test.each(['status', 'host list', 'doctor'])('the first Ctrl-C ends %s with exit code 130', async (command) => {
    const before = sockets.size;
    const live = startCli(command.split(' '), { cwd: dir, env: { ...env, FANOPS_CLOUD_TIMEOUT: '1h' } });
    await until('a request to the cloud', () => sockets.size > before, 60_000);
    live.child.kill('SIGINT');
    const { code, stderr } = await live.ended;
    expect([code, stderr.trim()]).toEqual([130, 'Error: Cancelled.']);
  });
});
