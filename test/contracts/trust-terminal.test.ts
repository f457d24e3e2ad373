import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanEnv, ROOT } from '../helpers/cli.js';
import { isAlive } from '../helpers/processes.js';
import { inTerminal, KEYS, ptyMissing, type Terminal } from '../helpers/pty.js';
import { until } from '../helpers/until.js';

const FLEET = (command: string): string => `fleet: cloned
hosts:
  app-1: { address: 127.0.0.1, port: 9, roles: [app] }
services:
  m1:
    source: ./m1
    settings: { TOKEN: ${JSON.stringify(`cmd:${command}`)} }
    placements: { vm: { platform: pm2, host: app-1, port: 3000 } }
`;
/** Asks as pinentry-tty does. */
const ASKS =
  'stty -echo </dev/tty; printf "PIN: " >/dev/tty; read -r pin </dev/tty; stty echo </dev/tty; echo "$pin" > asked';
/** Leaves the terminal without echo, and two processes, one of which ignores Ctrl-C. */
const WAITS = 'stty -echo </dev/tty; sleep 3600.1 & echo $! > pids; echo waiting >/dev/tty; sleep 3600.2';

describe.skipIf(ptyMissing())('trust and commands of a fleet in a terminal', () => {
  let home: string;
  let dir: string;
  const write = (command: string): void => writeFileSync(join(dir, 'fanops.yaml'), FLEET(command));
  const doctor = (trusted: boolean, within: string[] = []): Terminal =>
    inTerminal(['doctor'], {
      cwd: dir,
      within,
      env: { HOME: home, XDG_STATE_HOME: join(home, 'state'), FANOPS_TRUST: trusted ? home : '', SSH_AUTH_SOCK: '' },
    });
  const pidIn = (file: string): number => Number(readFileSync(join(dir, file), 'utf8'));
  const left = (name: string): boolean =>
    existsSync(join(dir, name)) && readFileSync(join(dir, name), 'utf8').endsWith('\n');

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'fo-trust-'));
    dir = join(home, 'clone');
    mkdirSync(join(dir, 'm1'), { recursive: true });
    writeFileSync(join(dir, 'm1/host.json'), '{"version":"2.0"}');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  test('the question shows what would run; after no and after Ctrl-C nothing ran, and it is asked again', async () => {
    write('touch ran; echo x');
    for (const [keys, code] of [
      ['n', 130],
      [KEYS.enter, 130],
      [KEYS.ctrlC, 130],
    ] as const) {
      const screen = doctor(false);
      await screen.see('services.m1.settings.TOKEN: runs here: touch ran');
      await screen.see('Trust it?');
      screen.type(keys === 'n' ? `n${KEYS.enter}` : keys);
      expect(await screen.ended, screen.text()).toBe(code);
      expect(existsSync(join(dir, 'ran'))).toBe(false);
    }
  });

  test('after yes it goes on, and is not asked again', async () => {
    write('touch ran; echo x');
    const first = doctor(false);
    await first.see('Trust it?');
    first.type(`y${KEYS.enter}`);
    await first.ended;
    expect(existsSync(join(dir, 'ran')), first.text()).toBe(true);
    const second = doctor(false);
    await second.ended;
    expect(second.text()).not.toContain('Trust it?');
  });

  test('a command has the terminal, and may ask for a PIN there', async () => {
    write(ASKS);
    const screen = doctor(true);
    await screen.see('PIN: ');
    screen.type('1234\r');
    await screen.ended;
    expect(readFileSync(join(dir, 'asked'), 'utf8'), screen.text()).toBe('1234\n');
    expect(screen.text()).not.toContain('1234');
  });

  test('Ctrl-C while it asks ends it with all that it started, and the terminal has its echo again', async () => {
    write(WAITS);
    // A shell of the user's holds the terminal before and after.
    const screen = doctor(true, ['sh', '-c', '"$@"; echo "ended $?"; stty -a </dev/tty | grep -ow -e "-*echo"', 'sh']);
    await screen.see('waiting');
    await until('the number of the process', () => left('pids'));
    screen.type(KEYS.ctrlC);
    await screen.see('ended 130');
    await screen.ended;
    expect(screen.text().trim().split('\n').at(-1)).toBe('echo');
    await until('all of it to end', () => !isAlive(pidIn('pids')));
  });

  test('a signal to fanops ends it with all that it started', async () => {
    write(WAITS);
    const screen = doctor(true, ['sh', '-c', 'echo $$ > fanops; exec "$@"', 'sh']);
    await until('the number of the process', () => left('pids'));
    process.kill(pidIn('fanops'), 'SIGINT');
    expect(await screen.ended, screen.text()).toBe(130);
    await until('all of it to end', () => !isAlive(pidIn('pids')));
  });

  test('without a terminal a command that asks there fails, and nothing waits', async () => {
    write(ASKS);
    const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'doctor'], {
      cwd: dir,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnv({ HOME: home, FANOPS_TRUST: home }),
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(text).toMatch(/TOKEN.*is empty|TOKEN.*failed|TOKEN/);
    expect(existsSync(join(dir, 'asked')) && readFileSync(join(dir, 'asked'), 'utf8').trim() !== '').toBe(false);
  });
});
