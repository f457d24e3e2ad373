import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostScript } from '../../../src/core/host-script.js';
import { PM2_DELETE, PM2_PICK, PM2_SAVE, PM2_SAVED } from '../../../src/remote/pm2-programs.js';
import { HOSTILE, HostShell } from '../../helpers/host-shells.js';
import { isAlive } from '../../helpers/processes.js';
import { numberIn, until } from '../../helpers/until.js';

const ROOT = join(import.meta.dirname, '../../..');
const shells = mkdtempSync(join(tmpdir(), 'shells-'));
afterAll(() => rmSync(shells, { recursive: true, force: true }));

describe.each(HostShell.all(shells).map((shell) => ({ shell, name: shell.name })))('$name', ({ shell }) => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "it's a folder "));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const guarded = (name: string, mode: string, ...argv: string[]): string[] => [
    hostScript('guard-leader'),
    dir,
    name,
    mode,
    '5',
    ...argv,
  ];
  const pidOf = (name: string): Promise<number> => numberIn(join(dir, `${name}.lock`));

  test('guard hands on arguments, output and the exit code, and leaves no lock', () => {
    const { code, stdout, stderr } = shell.run('guard', guarded('run', 'wait', 'printf', '<%s>', ...HOSTILE));
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: HOSTILE.map((each) => `<${each}>`).join(''),
      stderr: '',
    });
    expect(shell.run('guard', guarded('run', 'wait', 'sh', '-c', 'echo no >&2; exit 7'))).toMatchObject({
      code: 7,
      stderr: 'no\n',
    });
    expect(existsSync(join(dir, 'run.lock'))).toBe(false);
  });

  test('guard ends a forerunner of the same name; guard-end ends all whose names begin alike', async () => {
    shell.start('guard', guarded('run%20a', 'wait', 'sleep', '300'));
    const first = await pidOf('run%20a');
    const second = shell.run('guard', guarded('run%20a', 'end', 'echo', 'mine'));
    expect(second).toMatchObject({ code: 0, stdout: 'mine\n' });
    expect(second.stderr).toContain(`ends process group ${first}`);
    expect(isAlive(first)).toBe(false);
    shell.start('guard', guarded('run%20b', 'wait', 'sleep', '300'));
    const other = await pidOf('run%20b');
    expect(shell.run('guard-end', [dir, 'run%20'])).toMatchObject({ code: 0, stdout: 'run%20b\n' });
    expect(isAlive(other)).toBe(false);
  });

  test('kill ends the group of a process, and gives it time to end by itself where it is asked to', async () => {
    const child = spawn('sh', ['-c', 'sleep 300 & echo $!; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(shell.run('kill', [String(child.pid), '0']).code).toBe(0);
    await until('both to end', () => !isAlive(child.pid ?? 0) && !isAlive(Number(line.toString())));
    const mark = join(dir, 'interrupted');
    const gentle = spawn('sh', ['-c', `trap 'echo > "$0"; exit' INT; echo ready; while :; do sleep 0.05; done`, mark], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(gentle.stdout, 'data');
    shell.run('kill', [String(gentle.pid), '50']);
    expect(existsSync(mark)).toBe(true);
  });

  test('worked-in tells the folders in which processes work, each once', async () => {
    const names = ['r 1', "r'2", 'r3'];
    for (const name of names) mkdirSync(join(dir, name, 'app'), { recursive: true });
    const children = ['r 1', "r'2", "r'2/app"].map((name) => spawn('sleep', ['300'], { cwd: join(dir, name) }));
    await Promise.all(children.map((child) => once(child, 'spawn')));
    expect(shell.run('worked-in', [dir])).toMatchObject({ code: 0, stdout: "r 1\nr'2\n" });
    for (const child of children) child.kill();
    expect(shell.run('worked-in', [join(dir, 'absent')])).toMatchObject({ code: 0, stdout: '' });
  });

  test('watchdog-* arm, renew and disarm a watchdog; one that is not renewed puts the route back', async () => {
    const program = join(ROOT, 'templates/watchdog.sh');
    const back = join(dir, "the route's way back");
    const arm = (lease: string): string => shell.run('watchdog-arm', [dir, lease, program, 'touch', '--', back]).stdout;
    expect(arm('60')).toBe('armed\n');
    const first = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    expect(shell.run('watchdog-renew', [dir])).toMatchObject({ code: 0, stdout: 'renewed\n' });
    expect(arm('1')).toBe('armed\n');
    expect(isAlive(first)).toBe(false);
    await until('the route to be put back', () => existsSync(join(dir, 'fired')), 15_000);
    expect(existsSync(back)).toBe(true);
    expect(shell.run('watchdog-renew', [dir]).stdout).toBe('fired\n');
    expect(shell.run('watchdog-disarm', [dir]).stdout).toBe('fired\n');
    expect(existsSync(dir)).toBe(false);
    expect(shell.run('watchdog-disarm', [dir]).stdout).toBe('disarmed\n');
  });

  test('pm2-* start, list, save and end an app of fanops, and leave one of the same name alone', () => {
    // PM2 takes a path with a space for a command of bash.
    const home = join(shells, `home-${shell.name}`);
    mkdirSync(join(home, 'app'), { recursive: true });
    const env = { HOME: home, PM2_HOME: '', PATH: join(ROOT, 'node_modules/.bin') };
    const pm2 = (name: string, ...args: string[]): string => {
      const { code, stdout, stderr } = shell.run(name, args, { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
      return stdout;
    };
    const namesIn = (text: string): string[] => (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
    expect(pm2('pm2-look', PM2_PICK, PM2_SAVED)).toBe('[]\n[]\n');
    writeFileSync(join(home, 'app/app.js'), 'setInterval(() => {}, 1000);\n');
    const apps = [{ name: 'm1', script: join(home, 'app/app.js'), cwd: home }];
    writeFileSync(join(home, 'ecosystem.json'), JSON.stringify({ apps }));
    const list = (): string => pm2('pm2-list', PM2_PICK, 'jlist').trim().split('\n').at(-1) ?? '';
    try {
      pm2('pm2', 'startOrReload', join(home, 'ecosystem.json'), '--silent');
      expect(namesIn(list())).toEqual(['m1']);
      pm2('pm2-save', PM2_SAVE, 'm1', 'app', 'm2', "somebody's");
      const [running = '', saved = ''] = pm2('pm2-look', PM2_PICK, PM2_SAVED).trim().split('\n').slice(-2);
      expect([namesIn(running), namesIn(saved)]).toEqual([['m1'], ['m1']]);
      pm2('pm2-delete', PM2_DELETE, 'm1', "another's app");
      expect(namesIn(list())).toEqual(['m1']);
      pm2('pm2-delete', PM2_DELETE, 'm1', 'app');
      expect(list()).toBe('[]');
    } finally {
      shell.run('pm2', ['kill'], { env });
    }
  }, 60_000);
});
