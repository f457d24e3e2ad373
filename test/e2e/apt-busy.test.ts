import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { task } from '../../src/remote/bootstrap/task.js';
import { startBareMachine, type BareMachine } from '../helpers/bare-machine.js';
import { dockerMissing } from '../helpers/docker.js';
import { until } from '../helpers/until.js';

const missing = dockerMissing();
const HOLD = "import fcntl, sys, time\nf = open(sys.argv[1], 'w')\nfcntl.lockf(f, fcntl.LOCK_EX)\nopen('/root/held', 'w').close()\ntime.sleep(6)\n";

/** What bootstrap does as root on a machine, on a real one. */
describe.skipIf(missing)('packages on a machine that is busy or was cut short', () => {
  let machine: BareMachine;
  const asRoot = (argv: string[]): string => machine.asRoot(argv);
  const run = (script: string) => spawnSync('docker', ['exec', machine.container, ...task({ check: '', apply: script }).apply], { encoding: 'utf8' });

  beforeAll(async () => {
    machine = await startBareMachine('e2e-apt');
  }, 300_000);
  afterAll(() => (machine as BareMachine | undefined)?.stop(), 120_000);

  test('another apt that holds the lists is waited for, and told', async () => {
    const holder = spawn('docker', ['exec', machine.container, 'python3', '-c', HOLD, '/var/lib/apt/lists/lock'], { stdio: 'ignore' });
    const ended = once(holder, 'exit') as Promise<[number]>;
    await until('the lock to be held', () => spawnSync('docker', ['exec', machine.container, 'test', '-e', '/root/held']).status === 0, 20_000);
    const { status, stdout, stderr } = run('apt update\n');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('waits for another apt: held by process');
    expect((await ended)[0]).toBe(0);
  }, 120_000);

  test('an installation that was cut short is finished first', () => {
    asRoot(['sh', '-c', 'dpkg-query -s hostname > /var/lib/dpkg/updates/0001']);
    const { status, stdout, stderr } = run('apt update\nget tree\n');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('finishes an installation that was cut short');
    expect(asRoot(['tree', '--version'])).toContain('tree v');
  }, 120_000);

  test('what is wrong and does not pass is told at once', () => {
    const { status, stderr } = run('get no-such-package-here\n');
    expect([status, stderr]).toEqual([1, expect.stringContaining('no-such-package-here')]);
  }, 120_000);
});
