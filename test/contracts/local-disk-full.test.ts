import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstanceProvider } from '../../src/providers/contracts/instances.js';
import { createLocalProvider } from '../../src/providers/local/index.js';
import { createSshTransport } from '../../src/transports/ssh.js';
import type { SshEndpoint, Transport } from '../../src/transports/transport.js';
import { buildLocalServer } from '../helpers/local-server.js';
import { freeRange } from '../helpers/ports.js';
import { smallDisk, type SmallDisk } from '../helpers/small-disk.js';
import { failure } from '../helpers/ssh.js';

const root = mkdtempSync('/tmp/fo-');
const disk = smallDisk(root, '4m', '0700');

/** Small disks take root: elsewhere these cases do not exist. */
describe.runIf(disk !== undefined)('the disk of a local host is full', () => {
  const { fill, free, unmount } = disk as SmallDisk;
  let instances: InstanceProvider;
  let transport: Transport;
  const dir = join(root, 'test', 'app-1');
  const create = (name = 'app-1') => instances.create({ name, fleet: 'test', roles: ['app'], runId: 'run-1' });
  const sh = (script: string) => transport.run({ argv: ['sh', '-c', script] }, { timeoutMs: 20_000 });

  beforeAll(async () => {
    instances = createLocalProvider({ root, portRange: await freeRange(3), serverEntry: await buildLocalServer() })
      .instances as InstanceProvider;
    const { endpoint } = await create();
    transport = createSshTransport({
      host: 'app-1',
      endpoint: endpoint as SshEndpoint,
      knownHostsFile: `${root}-known_hosts`,
    });
  });
  afterAll(async () => {
    free();
    await transport.close();
    await instances.destroy('test', 'app-1');
    unmount();
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}-known_hosts`, { force: true });
  });

  test('commands still run and say themselves that there is no space; the server goes on, and its log does too', async () => {
    expect((await sh('echo before')).stdout).toBe('before\n');
    fill();
    for (let time = 0; time < 3; time += 1)
      expect(await sh('echo on; exit 3')).toMatchObject({ code: 3, stdout: 'on\n' });
    const failed = await sh('head -c 20000 /dev/zero > "$HOME/more"');
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('No space left on device');
    const put = await failure(transport.putFile(Buffer.alloc(20_000), 'more', 0o600));
    expect(put).toMatchObject({ code: 'DISK_FULL', hint: 'Free space on the host, then run it again.' });
    expect(put.message).toMatch(/more on app-1 failed with exit code \d+, the disk is full: /);
    free();
    const before = statSync(join(dir, 'server.log')).size;
    expect((await sh('echo after')).stdout).toBe('after\n');
    expect(readFileSync(join(dir, 'server.log'), 'utf8').slice(before)).toContain('echo after');
  });

  test('a host that cannot be made, started or looked after says which disk is full; keys and records stay whole', async () => {
    const files = ['authorized_keys', 'ssh_host_ed25519_key', 'host.json'].map((name) => join(dir, name));
    const before = files.map((file) => readFileSync(file, 'utf8'));
    fill();
    const tasks: (() => Promise<unknown>)[] = [
      () => create('app-2'),
      () => create(),
      () => instances.power('test', 'app-1', 'restart'),
    ];
    for (const task of tasks) {
      const error = await failure(Promise.resolve().then(task));
      expect(error).toMatchObject({ code: 'DISK_FULL', hint: expect.stringContaining('Free space there') as string });
      expect(error.message).toMatch(
        /^The disk of host app-[12] is full: \/tmp\/fo-\S+ cannot be written \(0 bytes free\)\.$/,
      );
    }
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    free();
    await create();
    expect((await sh('echo again')).stdout).toBe('again\n');
  });
});
