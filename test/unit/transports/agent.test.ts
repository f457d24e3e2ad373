import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSshTransport } from '../../../src/transports/ssh.js';
import { localFleet, type LocalFleet } from '../../helpers/local-host.js';
import { until } from '../../helpers/until.js';

describe('an SSH agent', () => {
  let fleet: LocalFleet;
  let agent: ChildProcess;
  let dir: string;
  let socket: string;

  beforeAll(async () => {
    fleet = await localFleet();
    dir = mkdtempSync(join(tmpdir(), 'agent-'));
    socket = join(dir, 'agent.sock');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    await until('the agent', () => existsSync(socket));
  });
  afterAll(async () => {
    agent.kill();
    rmSync(dir, { recursive: true, force: true });
    await fleet.dispose();
  });

  test('logs in with its keys, and is refused while it has none', async () => {
    const { endpoint } = await fleet.create('app-1');
    const login = async (): Promise<string> => {
      const byAgent = { ...endpoint, identityFiles: [], agent: socket };
      const transport = createSshTransport({
        host: 'app-1',
        endpoint: byAgent,
        knownHostsFile: join(dir, 'known_hosts'),
      });
      try {
        return (await transport.run({ argv: ['echo', 'in'] })).stdout;
      } finally {
        await transport.close();
      }
    };
    await expect(login()).rejects.toMatchObject({ code: 'AUTH', message: expect.stringContaining(socket) as string });
    execFileSync('ssh-add', ['-q', endpoint.identityFiles?.[0] ?? ''], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
    });
    expect(await login()).toBe('in\n');
  });
});
