import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../src/transports/known-hosts.js';
import { cli } from '../helpers/cli.js';
import { inTerminal, KEYS, ptyMissing, type Terminal } from '../helpers/pty.js';
import { isAlive, processesUnder } from '../helpers/processes.js';
import { SshBench } from '../helpers/ssh.js';
import { keyPair, sshdMissing, startSshd, type Sshd } from '../helpers/sshd.js';
import { tcpProxy } from '../helpers/tcp-proxy.js';
import { until } from '../helpers/until.js';

const missing = sshdMissing() ?? ptyMissing();

/** Runs the CLI and then tells whether the terminal is as it was. */
const COOKED = [
  'sh',
  '-c',
  '"$@"; code=$?; stty -a | grep -q " icanon" && stty -a | grep -q " echo " && echo the-terminal-is-whole; exit "$code"',
  'sh',
];

describe.skipIf(missing)('hosts reached from a terminal', () => {
  let server: Sshd;
  let bastion: Sshd;
  let bench: SshBench;

  beforeAll(async () => {
    [server, bastion] = await Promise.all([startSshd(['SetEnv PS1=ready>']), startSshd()]);
  });
  afterAll(() => Promise.all([server.stop(), bastion.stop()]));
  beforeEach(() => {
    bench = new SshBench();
  });
  afterEach(() => bench.end());

  const env = { FANOPS_SSH_CONFIG: 'none', SSH_AUTH_SOCK: '' };
  const hostKey = (sshd: Sshd): string => (sshd.endpoint.hostKeys?.[0] ?? '').split(' ').slice(0, 2).join(' ');
  const host = (sshd: Sshd, changes: Record<string, unknown> = {}): Record<string, unknown> => {
    const { address, port, user, identityFiles } = sshd.endpoint;
    return { roles: ['app'], address, port, user, identity: identityFiles?.[0], hostKey: hostKey(sshd), ...changes };
  };
  const fleet = (hosts: Record<string, Record<string, unknown>>): void =>
    writeFileSync(join(bench.dir, 'fanops.yaml'), JSON.stringify({ fleet: 'terminals', hosts }));
  const open = (...args: string[]): Terminal => inTerminal(args, { cwd: bench.dir, env, within: COOKED });
  const exec = (...args: string[]) => cli(['exec', ...args], { cwd: bench.dir, env });
  /** Waits for the shell: what is typed is answered. */
  const shell = async (terminal: Terminal): Promise<void> => {
    terminal.type('echo sh"ell"-is-there\r');
    await terminal.see('shell-is-there');
  };

  test('host ssh through a jump host: size, resize, Ctrl-C, exit code, and the terminal afterwards', async () => {
    fleet({ 'app-1': host(server, { jump: ['bastion'] }), bastion: host(bastion, { roles: ['bastion'] }) });
    const terminal = open('host', 'ssh', 'app-1');
    await shell(terminal);
    terminal.type('stty size; tty\r');
    await terminal.see('40 120');
    await terminal.see('/dev/pts/');
    terminal.resize(31, 97);
    terminal.type('until [ "$(stty size)" = "31 97" ]; do sleep 0.1; done; echo res"ized"\r');
    await terminal.see('resized');
    terminal.type('echo wait"ing"; sleep 60\r');
    await terminal.see('waiting');
    terminal.type(KEYS.ctrlC);
    terminal.type('echo co"de"-$?\r');
    await terminal.see('code-130');
    terminal.type('exit 7\r');
    expect(await terminal.ended).toBe(7);
    expect(terminal.text()).toContain('the-terminal-is-whole');
    expect(bastion.log()).toContain('Accepted publickey');
  });

  test('a lost link ends the session, says so, and leaves the terminal whole', async () => {
    const proxy = await tcpProxy(server.endpoint.port);
    bench.after(() => proxy.close());
    fleet({ 'app-1': host(server, { port: proxy.port }) });
    const terminal = open('host', 'ssh', 'app-1');
    await shell(terminal);
    proxy.cut();
    expect(await terminal.ended).toBe(1);
    expect(terminal.text()).toMatch(/connection to app-1 .* was lost/);
    expect(terminal.text()).toContain('the-terminal-is-whole');
  });

  test('a terminal that goes away takes the session with it', async () => {
    fleet({ 'app-1': host(server) });
    const terminal = open('host', 'ssh', 'app-1');
    await shell(terminal);
    terminal.type('echo pid-is-$$.\r');
    await terminal.see(/pid-is-\d+\./);
    const pid = Number(/pid-is-(\d+)\./.exec(terminal.text())?.[1]);
    terminal.hangUp();
    await terminal.ended;
    await until('the shell on the host to end', () => !isAlive(pid));
    await until(
      'fanops to end',
      () => processesUnder(bench.dir).filter((line) => line.includes('host ssh')).length === 0,
    );
  });

  test('a host that is not known yet: the fingerprint and a question, once', async () => {
    fleet({ 'app-1': host(server, { hostKey: undefined }) });
    const shown = fingerprint(hostKey(server).split(' ')[1] ?? '');
    const outside = await exec('app-1', '--', 'true');
    expect(outside).toMatchObject({ code: 1, stdout: '' });
    expect(outside.stderr.replaceAll(/\s+/g, '')).toContain(shown.replaceAll(/\s+/g, ''));
    expect(outside.stderr).toContain('hostKey:');
    const no = open('exec', 'app-1', '--', 'echo', 'in');
    await no.see('Trust it');
    no.type(KEYS.enter);
    expect(await no.ended).toBe(1);
    const yes = open('host', 'ssh', 'app-1');
    await yes.see('Trust it');
    yes.type(`y${KEYS.enter}`);
    // What is typed while the question is open is an answer to it.
    await yes.see(/[#$>] $/m);
    await shell(yes);
    yes.type('exit\r');
    expect(await yes.ended).toBe(0);
    expect(await exec('app-1', '--', 'echo', 'in')).toMatchObject({ code: 0, stdout: 'in\n' });
  });

  test('--accept-new-key asks nothing', async () => {
    fleet({ 'app-1': host(server, { hostKey: undefined }) });
    const terminal = open('host', 'ssh', 'app-1', '--accept-new-key');
    await shell(terminal);
    terminal.type('exit\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).not.toContain('Trust it');
    expect(readFileSync(join(bench.dir, '.fanops/known_hosts'), 'utf8')).toContain(hostKey(server));
  });

  test('an encrypted key: asked in the terminal and not shown, given up with Ctrl-C, by a file without a terminal', async () => {
    const locked = keyPair(bench.dir, 'locked', 'open sesame');
    appendFileSync(join(server.dir, 'authorized_keys'), `${locked.public}\n`);
    fleet({ 'app-1': host(server, { identity: locked.path }) });
    const terminal = open('exec', 'app-1', '--', 'echo', 'in-it-is');
    await terminal.see('Passphrase of the key');
    terminal.type(`open sesame${KEYS.enter}`);
    await terminal.see(/^in-it-is$/m);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).not.toContain('sesame');
    const given = open('exec', 'app-1', '--', 'true');
    await given.see('Passphrase of the key');
    given.type(KEYS.ctrlC);
    expect(await given.ended).toBe(130);
    const nobody = await exec('app-1', '--', 'true');
    expect(nobody).toMatchObject({ code: 1 });
    expect(nobody.stderr).toContain('FANOPS_SSH_PASSPHRASE_FILE');
    writeFileSync(join(bench.dir, 'passphrase'), 'open sesame\n');
    const byFile = await cli(['exec', 'app-1', '--', 'echo', 'in'], {
      cwd: bench.dir,
      env: { ...env, FANOPS_SSH_PASSPHRASE_FILE: join(bench.dir, 'passphrase') },
    });
    expect(byFile).toMatchObject({ code: 0, stdout: 'in\n' });
  });

  // A stand-in: it only knows how sudo asks for a password.
  test('exec --sudo: the password by reference, and asked in a terminal', async () => {
    const bin = join(bench.dir, 'bin');
    const script = `#!/bin/sh\ncase "$1" in -n) echo 'sudo: a password is required' >&2; exit 1 ;; esac\nprintf %s "$3" >&2; read -r given; [ "$given" = 'p4ss' ] || exit 1\nshift 4; exec "$@"\n`;
    const other = await startSshd([`SetEnv PATH=${bin}:/usr/bin:/bin`]);
    bench.after(() => other.stop());
    mkdirSync(bin);
    writeFileSync(join(bin, 'sudo'), script, { mode: 0o755 });
    fleet({ 'app-1': host(other, { sudoPassword: 'env:SUDO_PASS' }), 'app-2': host(other) });
    const byReference = await cli(['exec', 'app-1', '--sudo', '--', 'echo', 'as-root'], {
      cwd: bench.dir,
      env: { ...env, SUDO_PASS: 'p4ss' },
    });
    expect(byReference).toMatchObject({ code: 0, stdout: 'as-root\n' });
    const terminal = open('exec', 'app-2', '--sudo', '--', 'echo', 'as-root');
    await terminal.see('Password for sudo on app-2');
    terminal.type(`p4ss${KEYS.enter}`);
    await terminal.see(/^as-root$/m);
    expect(await terminal.ended).toBe(0);
    const nobody = await exec('app-2', '--sudo', '--', 'true');
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toContain('sudoPassword: env:NAME');
  });
});
