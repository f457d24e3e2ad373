import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { task } from '../../src/remote/bootstrap/task.js';
import { startBareMachine, type BareMachine } from '../helpers/bare-machine.js';
import { dockerMissing } from '../helpers/docker.js';
import { until } from '../helpers/until.js';

const missing = dockerMissing();
const HOLD =
  "import fcntl, sys, time\nf = open(sys.argv[1], 'w')\nfcntl.lockf(f, fcntl.LOCK_EX)\nopen('/root/held', 'w').close()\ntime.sleep(6)\n";
const BUILD_LONELY =
  'mkdir -p /tmp/l/DEBIAN && printf "Package: lonely\\nVersion: 1\\nArchitecture: all\\nMaintainer: t <t@example.invalid>\\nDescription: t\\n" > /tmp/l/DEBIAN/control ' +
  '&& dpkg-deb --build /tmp/l /tmp/l.deb && dpkg -i /tmp/l.deb';

/** What bootstrap does as root on a machine, on a real one. */
describe.skipIf(missing)('packages on a machine that is busy, was cut short or lacks its sources', () => {
  let machine: BareMachine;
  const asRoot = (argv: string[]): string => machine.asRoot(argv);
  const run = (script: string, env: string[] = []) =>
    spawnSync(
      'docker',
      [
        'exec',
        ...env.flatMap((each) => ['--env', each]),
        machine.container,
        ...task({ check: '', apply: script }).apply,
      ],
      { encoding: 'utf8' },
    );

  beforeAll(async () => {
    machine = await startBareMachine('e2e-apt');
  }, 300_000);
  afterAll(() => (machine as BareMachine | undefined)?.stop(), 120_000);

  test.each([
    ['the lists', '/var/lib/apt/lists/lock', 'apt update\n'],
    ['the packages', '/var/lib/dpkg/lock-frontend', 'lists\nget tree\n'],
  ])(
    'another apt that holds %s is waited for, and told once, whatever language the login has',
    async (_what, lock, script) => {
      asRoot(['rm', '-f', '/root/held']);
      const holder = spawn('docker', ['exec', machine.container, 'python3', '-c', HOLD, lock], { stdio: 'ignore' });
      const ended = once(holder, 'exit') as Promise<[number]>;
      await until(
        'the lock to be held',
        () => spawnSync('docker', ['exec', machine.container, 'test', '-e', '/root/held']).status === 0,
        20_000,
      );
      const { status, stdout, stderr } = run(script, ['LANG=C.UTF-8', 'LANGUAGE=de']);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout.match(/waits for another apt: held by process \d+ \(python3\)/g)).toHaveLength(1);
      expect((await ended)[0]).toBe(0);
    },
    120_000,
  );

  test('an installation that was cut short is finished first', () => {
    asRoot(['sh', '-c', 'dpkg-query -s hostname > /var/lib/dpkg/updates/0001']);
    const { status, stdout, stderr } = run('apt update\nget jq\n');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('finishes an installation that was cut short');
    expect(asRoot(['jq', '--version'])).toContain('jq-');
  }, 120_000);

  test('what is wrong and does not pass is told at once', () => {
    const { status, stderr } = run('get no-such-package-here\n');
    expect([status, stderr]).toEqual([1, expect.stringContaining('no-such-package-here')]);
  }, 120_000);

  test('a source that fails beside others that answer is told, and stops nothing that can be had', () => {
    asRoot([
      'sh',
      '-c',
      'echo "deb http://127.0.0.1:9/other stable main" > /etc/apt/sources.list.d/other.list; rm -rf /var/lib/apt/lists/*',
    ]);
    const { status, stdout, stderr } = run('get bc\n');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('a source of packages fails: Failed to fetch http://127.0.0.1:9/other');
    expect(run('get no-such-package-here\n')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('a source of packages fails: Failed to fetch http://127.0.0.1:9/other'),
    });
    asRoot(['rm', '/etc/apt/sources.list.d/other.list']);
  }, 120_000);

  test('a package that is half installed is installed anew, and one that no source has is told with the ways out', () => {
    const halfInstalled = (name: string): string =>
      asRoot([
        'sed',
        '-i',
        `/^Package: ${name}$/,/^$/s/^Status: .*/Status: install reinstreq unpacked/`,
        '/var/lib/dpkg/status',
      ]);
    halfInstalled('bc');
    const { status: repaired, stdout } = run('get file\n');
    expect([repaired, stdout]).toEqual([0, expect.stringContaining('installs anew what was half installed: bc')]);
    expect(asRoot(['dpkg-query', '-W', '-f', '${db:Status-Abbrev}', 'bc']).trim()).toBe('ii');
    asRoot(['sh', '-c', BUILD_LONELY]);
    halfInstalled('lonely');
    const { status, stderr } = run('get make\n');
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/lonely needs to be reinstalled[^]*dpkg --remove --force-remove-reinstreq/),
    ]);
    asRoot(['dpkg', '--remove', '--force-remove-reinstreq', 'lonely']);
  }, 120_000);

  test('where no source answers, that is told with the way out', () => {
    asRoot([
      'sh',
      '-c',
      'rm -rf /var/lib/apt/lists/*; for f in /etc/apt/sources.list.d/* /etc/apt/sources.list; do [ ! -f "$f" ] || sed -i -E "s#https?://[^ ]+#http://127.0.0.1:9/none#" "$f"; done',
    ]);
    const { status, stderr } = run('get make\n');
    expect([status, stderr.trim().split('\n').at(-1)]).toEqual([
      1,
      expect.stringMatching(/^no source of packages can be reached, and make is missing: set a proxy/),
    ]);
  }, 120_000);
});
