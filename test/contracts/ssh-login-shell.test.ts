import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext } from '../../src/context.js';
import { doctor } from '../../src/operations/doctor/doctor.js';
import { packDirectory } from '../../src/transports/tar.js';
import type { Transport } from '../../src/transports/transport.js';
import { trustEnv } from '../helpers/cli.js';
import { isAlive } from '../helpers/processes.js';
import { asJump, failure, SshBench } from '../helpers/ssh.js';
import { sshdMissing, startSshd } from '../helpers/sshd.js';
import { until } from '../helpers/until.js';
import { withTransport } from '../helpers/host-context.js';

const missing = sshdMissing();
const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256));

/** Login shells with a start-up file each, relative to the home. */
const SHELLS: [shell: string, file: string][] = [
  ['bash', '.bashrc'],
  ['sh', '.env'],
  ['zsh', '.zshenv'],
  ['csh', '.cshrc'],
  ['fish', '.config/fish/config.fish'],
];

describe.skipIf(missing)('login shells that print text', () => {
  let bench: SshBench;
  beforeEach(() => {
    bench = new SshBench();
  });
  afterEach(() => bench.end());

  /** A host whose login shell is this command, with these files in its home. What sshd is asked to run is in SSH_ORIGINAL_COMMAND. */
  const host = async (
    shell: string,
    files: Record<string, string> = {},
  ): Promise<{ transport: Transport; home: string; endpoint: Parameters<SshBench['connect']>[0] }> => {
    const home = join(bench.dir, 'home');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    const server = await startSshd([
      `SetEnv HOME=${home} XDG_CONFIG_HOME=${home}/.config ENV=${home}/.env`,
      `ForceCommand ${shell}`,
    ]);
    bench.after(() => server.stop());
    return { transport: bench.connect(server.endpoint), home, endpoint: server.endpoint };
  };
  const run = (transport: Transport, script: string) => transport.run({ argv: ['sh', '-c', script] });

  test.each(SHELLS)(
    '%s: text of %s on both streams, with and without a line end, is dropped; bytes, input, files and exit codes are right',
    async (shell, file) => {
      const noise = `echo hello; echo; printf '%s' 'fanops:no line end'\nsh -c 'echo problem >&2'\n`;
      const way =
        shell === 'sh' ? 'exec sh -c ". ~/.env; $SSH_ORIGINAL_COMMAND"' : `exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`;
      const { transport } = await host(way, { [file]: noise });
      expect(await run(transport, 'echo out; echo err >&2; exit 42')).toEqual({
        code: 42,
        signal: undefined,
        stdout: 'out\n',
        stderr: 'err\n',
      });
      expect(await run(transport, 'kill -s TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM', stdout: '' });
      expect((await transport.run({ argv: ['cat'] }, { stdin: Readable.from([bytes, bytes]) })).stdout).toBe(
        Buffer.concat([bytes, bytes]).toString('utf8'),
      );
      const path = join(bench.dir, "it's here", 'bytes');
      await transport.putFile(bytes, path);
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect((await transport.getFile(path))?.equals(bytes)).toBe(true);
      expect(await transport.getFile(`${path}.none`)).toBeUndefined();
      await transport.putTar(packDirectory(dirname(path)), join(bench.dir, 'to'));
      expect(readFileSync(join(bench.dir, 'to', 'bytes')).equals(bytes)).toBe(true);
      const lines: string[] = [];
      await transport.run({ argv: ['echo', 'one line'] }, { onLine: (line) => lines.push(line) });
      expect(lines).toEqual(['one line']);
      expect(transport.foreignText?.()?.stdout.before).toContain('hello');
    },
  );

  test('a megabyte of text, and text that shows the command itself, are dropped', async () => {
    const { transport } = await host(
      'set -x; head -c 1000000 /dev/zero | tr "\\0" "x"; echo "$SSH_ORIGINAL_COMMAND"; eval "$SSH_ORIGINAL_COMMAND"',
    );
    expect(await run(transport, 'echo out; exit 3')).toMatchObject({ code: 3, stdout: 'out\n', stderr: '' });
  });

  test('a program in place of the shell that prints before and after the command, and ends with a code of its own', async () => {
    const { transport } = await host('echo welcome; bash -c "$SSH_ORIGINAL_COMMAND"; echo bye; echo bye >&2; exit 9');
    expect(await run(transport, 'printf out; printf err >&2; exit 42')).toEqual({
      code: 42,
      signal: undefined,
      stdout: 'out',
      stderr: 'err',
    });
    expect(await run(transport, 'exit 0')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const path = join(bench.dir, 'bytes');
    await transport.putFile(bytes, path);
    expect((await transport.getFile(path))?.equals(bytes)).toBe(true);
    expect(transport.foreignText?.()).toMatchObject({ stdout: { before: 'welcome\n', after: 'bye\n' } });
    const pidFile = join(bench.dir, 'pid');
    const running = transport.run(
      { argv: ['sh', '-c', 'echo $$ > "$1"; exec sleep 300', 'sh', pidFile] },
      { timeoutMs: 2000 },
    );
    expect(await failure(running)).toMatchObject({ code: 'DEADLINE' });
    await until('the end of the command', () => !isAlive(Number(readFileSync(pidFile, 'utf8'))));
  });

  test('a jump host and sudo: text of both login shells is dropped', async () => {
    const noisy = { '.bashrc': 'echo hello\n' };
    const jump = await host('exec bash -c "$SSH_ORIGINAL_COMMAND"', noisy);
    const sudo = join(bench.dir, 'bin', 'sudo');
    mkdirSync(dirname(sudo));
    writeFileSync(sudo, '#!/bin/sh\necho "sudo says hello"\nshift 2\nexec "$@"\n', { mode: 0o755 });
    const { endpoint } = await host(`export PATH=${dirname(sudo)}:$PATH; exec bash -c "$SSH_ORIGINAL_COMMAND"`, noisy);
    const transport = bench.connect({ ...endpoint, jumps: [asJump('jump-1', jump.endpoint)] });
    expect(await run(transport, 'echo out')).toMatchObject({ code: 0, stdout: 'out\n' });
    const lines: string[] = [];
    const onLine = (line: string): void => void lines.push(line);
    const result = await transport.run(
      { argv: ['sh', '-c', 'cat; echo err >&2; exit 3'] },
      { sudo: true, stdin: 'input', onLine },
    );
    expect(result).toEqual({ code: 3, signal: undefined, stdout: 'input', stderr: 'err\n' });
    expect(lines.sort()).toEqual(['err', 'input']);
  });

  test('a start-up file that reads from the input gets nothing of what is sent', async () => {
    const { transport, home } = await host('exec bash -c "$SSH_ORIGINAL_COMMAND"', {
      '.bashrc': 'read -t 0.3 -r line; echo "$line" > ~/read\n',
    });
    expect((await transport.run({ argv: ['cat'] }, { stdin: 'a secret\n' })).stdout).toBe('a secret\n');
    expect(readFileSync(join(home, 'read'), 'utf8')).toBe('\n');
  });

  test.each([
    ['exit', 'echo goodbye; exit 0\n', 'ended with exit code 0 before it ran the command: touch', 'goodbye'],
    [
      'exec',
      'exec sh -c "echo no shell for you >&2; exit 5"\n',
      'ended with exit code 5 before it ran the command: touch',
      'no shell for you',
    ],
  ])('a start-up file with %s is an error that says so, not an empty answer', async (_name, text, message, said) => {
    const { transport } = await host('exec bash -c "$SSH_ORIGINAL_COMMAND"', { '.bashrc': text });
    const marker = join(bench.dir, 'ran');
    const error = await failure(transport.run({ argv: ['touch', marker] }));
    expect(error).toMatchObject({
      code: 'LOGIN_SHELL',
      stderr: said,
      message: expect.stringContaining(message) as string,
    });
    expect(error.hint).toContain('start-up files');
    expect(existsSync(marker)).toBe(false);
  });

  test.each(['exec 1>&2\n', 'exec >/dev/null\n'])(
    'a start-up file that sends standard output elsewhere is an error, not an empty answer: %j',
    async (text) => {
      const { transport, home } = await host('exec bash -c "$SSH_ORIGINAL_COMMAND"', { '.bashrc': text });
      writeFileSync(join(home, 'file'), 'content');
      const expected = {
        code: 'LOGIN_SHELL',
        message: expect.stringContaining('sends standard output elsewhere') as string,
      };
      expect(await failure(transport.getFile(join(home, 'file')))).toMatchObject(expected);
      expect(await failure(transport.run({ argv: ['echo', 'out'] }))).toMatchObject(expected);
    },
  );

  test.each(['exec 0</dev/null\n', 'exec </etc/passwd\n'])(
    'a start-up file that takes standard input away is an error for what gets input, not a loss of it: %j',
    async (text) => {
      const { transport, home } = await host('exec bash -c "$SSH_ORIGINAL_COMMAND"', { '.bashrc': text });
      const error = await failure(transport.run({ argv: ['cat'] }, { stdin: 'input' }));
      expect(error).toMatchObject({ code: 'LOGIN_SHELL', stderr: expect.stringContaining('standard input') as string });
      expect(await failure(transport.putFile('content', join(home, 'file')))).toMatchObject({ code: 'LOGIN_SHELL' });
      expect(await transport.run({ argv: ['echo', 'out'] })).toMatchObject({ code: 0, stdout: 'out\n' });
    },
  );

  test('a start-up file that waits has a deadline, and its command does not run later', async () => {
    const { transport, home } = await host('exec bash -c "$SSH_ORIGINAL_COMMAND"', {
      '.bashrc': 'sleep 2; touch ~/waited\n',
    });
    const marker = join(bench.dir, 'ran');
    const error = await failure(transport.run({ argv: ['touch', marker] }, { timeoutMs: 1000 }));
    expect(error).toMatchObject({
      code: 'DEADLINE',
      message: expect.stringContaining('was not done within 1.0 s before it ran the command') as string,
    });
    await until('the start-up file to go on', () => existsSync(join(home, 'waited')));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(existsSync(marker)).toBe(false);
  });

  test.each(['.bashrc', '.profile'])(
    'doctor names the start-up file that prints, and what mends it: %s',
    async (file) => {
      const { transport } = await host('exec bash -lc "$SSH_ORIGINAL_COMMAND"', {
        '.bashrc': '',
        '.profile': '. ~/.bashrc\n',
        [file]: 'echo hello there\n',
      });
      const dir = join(bench.dir, 'fleet');
      mkdirSync(dir);
      writeFileSync(join(dir, 'fanops.yaml'), 'fleet: shop\nhosts:\n  app-1: { address: 127.0.0.1, roles: [app] }\n');
      const made = createContext({
        cwd: dir,
        env: { PATH: process.env.PATH, ...trustEnv() },
        version: '0.1.0',
        listener: () => undefined,
        signal: new AbortController().signal,
      });
      const { checks } = await doctor(withTransport(made, async () => transport)).finally(() => made.dispose());
      const found = checks.find(({ id }) => id === 'host/app-1/ssh');
      expect(found).toMatchObject({
        state: 'warn',
        fix: expect.stringContaining('put `case $- in *i*) ;; *) return ;; esac` before what prints') as string,
      });
      expect(found?.detail).toContain(
        `~/${file} of root on app-1 prints "hello there" before the output of every command`.replace(
          'root',
          userInfo().username,
        ),
      );
      expect(
        checks
          .filter(({ id }) => id.startsWith('host/app-1/'))
          .map(({ detail }) => detail)
          .join(),
      ).not.toContain('NaN');
    },
  );
});
