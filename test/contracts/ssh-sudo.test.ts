import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { packDirectory } from '../../src/transports/tar.js';
import type { Transport } from '../../src/transports/transport.js';
import { isAlive } from '../helpers/processes.js';
import { failure, SshBench } from '../helpers/ssh.js';
import { sshdMissing, startSshd, type Sshd } from '../helpers/sshd.js';
import { until } from '../helpers/until.js';

const missing = sshdMissing();

/**
 * Stands in for sudo: the same options and messages, read byte by byte as sudo does, three tries. The file `mode` beside it says how it behaves.
 * It becomes nobody else; that it ran is told by SUDO_USER. Each call is noted in the file `calls`.
 */
const SUDO = `#!/bin/sh
here=$(dirname "$0")
mode=$(cat "$here/mode")
echo "$*" >> "$here/calls"
ask=; prompt=
while [ $# -gt 0 ]; do
  case "$1" in
    -n) ask=no ;;
    -S) ask=yes ;;
    -p) prompt=$2; shift ;;
    --) shift; break ;;
  esac
  shift
done
case "$mode" in
  tty) echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1 ;;
  rule) echo 'tester is not in the sudoers file.' >&2; exit 1 ;;
  password)
    [ "$ask" = yes ] || { echo 'sudo: a password is required' >&2; exit 1; }
    echo 'We trust you have received the usual lecture.' >&2
    tries=0
    while :; do
      printf %s "$prompt" >&2
      IFS= read -r given || { echo 'sudo: no password was provided' >&2; exit 1; }
      [ "$given" = 'p4ss word' ] && break
      echo "$given" >> "$here/wrong"
      tries=$((tries + 1))
      [ $tries -lt 3 ] || { echo 'sudo: 3 incorrect password attempts' >&2; exit 1; }
      echo 'Sorry, try again.' >&2
    done ;;
esac
SUDO_USER=tester exec "$@"
`;

describe.skipIf(missing)('sudo', () => {
  let server: Sshd;
  let bench: SshBench;
  let bin: string;

  beforeAll(async () => {
    bin = mkdtempSync(join(tmpdir(), 'sudo-'));
    writeFileSync(join(bin, 'sudo'), SUDO, { mode: 0o755 });
    server = await startSshd([`SetEnv PATH=${bin}:/usr/bin:/bin`]);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(bin, { recursive: true });
  });
  beforeEach(() => {
    bench = new SshBench();
  });
  afterEach(() => bench.end());

  const mode = (name: string): void => {
    for (const file of ['calls', 'wrong']) writeFileSync(join(bin, file), '');
    writeFileSync(join(bin, 'mode'), name);
  };
  const calls = (): string[] => readFileSync(join(bin, 'calls'), 'utf8').split('\n').filter(Boolean);
  const connect = (password?: string): Transport =>
    bench.connect(server.endpoint, {
      sudoPassword: password === undefined ? undefined : async () => new Secret(password),
    });
  const sh = (script: string, ...rest: string[]): string[] => ['sh', '-c', script, 'sh', ...rest];

  test.each([
    ['free', undefined],
    ['password', 'p4ss word'],
  ])('%s: output, input, directory, environment and exit code are those of the command', async (name, password) => {
    mode(name);
    const transport = connect(password);
    const lines: string[] = [];
    const script = 'echo "$SUDO_USER $A $1 $(pwd)"; echo problem >&2; cat; exit 3';
    const result = await transport.run(
      { argv: sh(script, "it's $HOME"), cwd: bench.dir, env: { A: 'b c' } },
      { sudo: true, stdin: 'line one\nline two\n', onLine: (line, stream) => lines.push(`${stream}: ${line}`) },
    );
    expect(result).toEqual({
      code: 3,
      signal: undefined,
      stdout: `tester b c it's $HOME ${bench.dir}\nline one\nline two\n`,
      stderr: 'problem\n',
    });
    expect(lines.sort()).toEqual([
      'stderr: problem',
      'stdout: line one',
      'stdout: line two',
      `stdout: tester b c it's $HOME ${bench.dir}`,
    ]);
    expect(calls().join('\n')).not.toContain('p4ss');
  });

  test.each([
    ['free', undefined],
    ['password', 'p4ss word'],
  ])('%s: nothing to read, a stream to read, a tar', async (name, password) => {
    mode(name);
    const transport = connect(password);
    expect(await transport.run({ argv: ['cat'] }, { sudo: true })).toMatchObject({ code: 0, stdout: '' });
    const stdin = Readable.from(Array.from({ length: 50 }, (_, at) => Buffer.alloc(50_000, 97 + (at % 26))));
    expect((await transport.run({ argv: ['wc', '-c'] }, { sudo: true, stdin })).stdout.trim()).toBe('2500000');
    mkdirSync(join(bench.dir, 'from'));
    writeFileSync(join(bench.dir, 'from', 'file'), 'content');
    await transport.putTar(packDirectory(join(bench.dir, 'from')), join(bench.dir, 'to'), { sudo: true });
    expect(readFileSync(join(bench.dir, 'to', 'file'), 'utf8')).toBe('content');
  });

  test('the password is asked for once, and many commands at once use it', async () => {
    mode('password');
    let asked = 0;
    const transport = bench.connect(server.endpoint, {
      sudoPassword: async () => ((asked += 1), new Secret('p4ss word')),
    });
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, at) => transport.run({ argv: ['echo', String(at)] }, { sudo: true })),
    );
    expect(all.map((result) => result.stdout)).toEqual(Array.from({ length: 12 }, (_, at) => `${at}\n`));
    expect(asked).toBe(1);
  });

  test('a wrong password is tried once, however many commands wait, and never again', async () => {
    mode('password');
    const transport = connect('n0t it');
    const errors = await Promise.all(
      Array.from({ length: 6 }, () => failure(transport.run({ argv: ['id'] }, { sudo: true, stdin: 'input' }))),
    );
    for (const error of errors) expect(error).toMatchObject({ code: 'SUDO', data: { reason: 'wrong' } });
    await failure(transport.run({ argv: ['id'] }, { sudo: true }));
    expect(readFileSync(join(bin, 'wrong'), 'utf8')).toBe('n0t it\n');
    expect(JSON.stringify(errors) + errors.map((error) => error.message + error.stack).join()).not.toContain('n0t it');
  });

  test.each([
    ['password', 'password', 'sudoPassword: env:NAME'],
    ['tty', 'terminal', '!requiretty'],
    ['rule', 'rule', 'sudoers'],
  ])('%s: refused with what to do', async (name, reason, hint) => {
    mode(name);
    const marker = join(bench.dir, 'ran');
    const error = await failure(connect().run({ argv: ['touch', marker] }, { sudo: true }));
    expect(error).toMatchObject({ code: 'SUDO', data: { reason }, hint: expect.stringContaining(hint) as string });
    expect(existsSync(marker)).toBe(false);
    expect(calls()).toHaveLength(1);
  });

  test('a deadline ends the command of root as well', async () => {
    mode('password');
    const transport = connect('p4ss word');
    let pid = 0;
    const running = failure(
      transport.run(
        { argv: sh('echo $$; exec sleep 30') },
        { sudo: true, timeoutMs: 5000, onLine: (line) => (pid = Number(line)) },
      ),
    );
    await until('the command', () => pid > 0);
    expect(await running).toMatchObject({ code: 'DEADLINE' });
    await until('its end', () => !isAlive(pid));
  });

  test('a host that shares the machine is not acted on as root', async () => {
    mode('free');
    const transport = bench.connect(server.endpoint, { rootless: true });
    expect(await failure(transport.run({ argv: ['id'] }, { sudo: true }))).toMatchObject({
      code: 'SUDO',
      data: { reason: 'rootless' },
    });
    expect(calls()).toEqual([]);
  });

  test('no sudo there', async () => {
    const bare = await startSshd([`SetEnv PATH=${bench.dir}/tools`]);
    bench.after(() => bare.stop());
    mkdirSync(join(bench.dir, 'tools'));
    for (const tool of ['sh', 'env'])
      writeFileSync(join(bench.dir, 'tools', tool), `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`, { mode: 0o755 });
    expect(await failure(bench.connect(bare.endpoint).run({ argv: ['id'] }, { sudo: true }))).toMatchObject({
      code: 'SUDO',
      data: { reason: 'missing' },
    });
  });

  // Root is never asked for a password, so this shows no more than that the real program takes the options.
  if (existsSync('/usr/bin/sudo') && process.getuid?.() === 0) {
    test('the real sudo, as root', async () => {
      const plain = await startSshd();
      bench.after(() => plain.stop());
      const result = await bench
        .connect(plain.endpoint)
        .run({ argv: sh('echo "$SUDO_UID"; cat') }, { sudo: true, stdin: 'input' });
      expect(result).toMatchObject({ code: 0, stdout: '0\ninput', stderr: '' });
    });
  }
});
