import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, ROOT } from '../helpers/cli.js';
import { FileFleet } from '../helpers/file-fleet.js';
import { isAlive } from '../helpers/processes.js';
import { inTerminal, ptyMissing } from '../helpers/pty.js';
import { sshdMissing, startSshd, type Sshd } from '../helpers/sshd.js';
import { until } from '../helpers/until.js';

const missing = sshdMissing() ?? ptyMissing();
const SUDO =
  '#!/bin/sh\n[ "$1" = -S ] || { echo "sudo: a password is required" >&2; exit 1; }\nprintf %s "$3" >&2\nIFS= read -r given\n[ "$given" = "p4ss" ] || exit 1\nshift 4\nexec "$@"\n';
/** Larger than what anything on the way may keep. */
const LARGE = 150_000_000;

describe.skipIf(missing)('fanops exec is a pipe', () => {
  let server: Sshd;
  let fleet: FileFleet;
  beforeAll(async () => {
    fleet = new FileFleet('exec', '');
    mkdirSync(join(fleet.dir, 'bin'));
    writeFileSync(join(fleet.dir, 'bin', 'sudo'), SUDO, { mode: 0o755 });
    server = await startSshd([`SetEnv PATH=${fleet.dir}/bin:/usr/bin:/bin`]);
    const { address, port, user, identityFiles, hostKeys } = server.endpoint;
    const login = `address: ${address}, port: ${port}, user: ${user}, identity: ${identityFiles?.[0]}, hostKey: ${hostKeys?.[0]}`;
    fleet.write(`fleet: shop\nhosts:\n  app-1: { ${login}, roles: [app], sudoPassword: env:PASSWORD }\n`);
  });
  afterAll(async () => {
    await server.stop();
    await fleet.stop();
  });

  const start = (args: string[], stdin: 'pipe' | 'ignore' = 'pipe'): ChildProcess =>
    spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'exec', 'app-1', ...args], {
      cwd: fleet.dir,
      env: cleanEnv({ ...fleet.env, PASSWORD: 'p4ss' }),
      stdio: [stdin, 'pipe', 'pipe'],
    });
  /** Runs a command to its end with an input, and gives what it printed as bytes. */
  const pipe = async (
    args: string[],
    input: Buffer = Buffer.alloc(0),
  ): Promise<{ code: number; stdout: Buffer; stderr: Buffer }> => {
    const child = start(args);
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => undefined); // the command may end before it has read all
    child.stdin?.end(input);
    const [code] = (await once(child, 'close')) as [number];
    return { code, stdout: Buffer.concat(out), stderr: Buffer.concat(err) };
  };
  const bytes = randomBytes(300_000);

  test('standard input, output and error pass byte for byte, with the exit code', async () => {
    expect(await pipe(['--', 'cat'], Buffer.from('hi\n'))).toEqual({
      code: 0,
      stdout: Buffer.from('hi\n'),
      stderr: Buffer.alloc(0),
    });
    const both = await pipe(['--', 'sh', '-c', 'tee /dev/stderr; exit 42'], bytes);
    expect([both.code, both.stdout.equals(bytes), both.stderr.equals(bytes)]).toEqual([42, true, true]);
    expect(await pipe(['--', 'sh', '-c', 'printf "no line end\\r"'])).toMatchObject({
      code: 0,
      stdout: Buffer.from('no line end\r'),
    });
    expect((await pipe(['--', 'sh', '-c', 'kill -s TERM $$'])).code).toBe(143);
    expect((await pipe(['-n', '--', 'cat'], bytes)).stdout).toHaveLength(0);
  });

  test('with --sudo and a password the command gets the input, and only the input', async () => {
    const both = await pipe(['--sudo', '--', 'sh', '-c', 'cat; echo err >&2; exit 3'], bytes);
    expect([both.code, both.stdout.equals(bytes), both.stderr.toString()]).toEqual([3, true, 'err\n']);
  });

  test(`${LARGE / 1e6} MB in and out, and not in memory`, async () => {
    const child = start(['--', 'cat']);
    const [sent, received] = [createHash('sha256'), createHash('sha256')];
    child.stdout?.on('data', (chunk: Buffer) => received.update(chunk));
    let [left, peak] = [LARGE, 0];
    while (left > 0) {
      const chunk = Buffer.concat([bytes, Buffer.from(String(left))]);
      sent.update(chunk);
      left -= chunk.length;
      if (!child.stdin?.write(chunk)) await once(child.stdin!, 'drain');
      peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
    }
    child.stdin?.end();
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    console.log(`peak memory of fanops exec: ${Math.round(peak / 1024)} MiB`);
    // With all of it in memory there would be 150 MB more, and copies of it.
    expect(peak).toBeLessThan(350_000);
  });

  test('the command ends although the input does not, and the reader of the output may go first, quietly', async () => {
    const open = start(['--', 'echo', 'done']);
    expect((await once(open, 'close'))[0]).toBe(0);
    const yes = start(['--', 'sh', '-c', 'echo $$; exec yes']);
    let errors = '';
    yes.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [first] = (await once(yes.stdout!, 'data')) as [Buffer];
    yes.stdout?.destroy();
    expect((await once(yes, 'close'))[0]).toBe(141);
    expect(errors).toBe('');
    await until('the end of yes', () => !isAlive(Number.parseInt(first.toString(), 10)));
  });

  test('every exit code passes, and standard error may be closed by its reader as well', async () => {
    const codes = [1, 126, 127, 255];
    for (const code of codes) expect((await pipe(['--', 'sh', '-c', `exit ${code}`])).code).toBe(code);
    expect((await pipe(['--', 'sh', '-c', 'kill -s KILL $$'])).code).toBe(137);
    const both = start(['--', 'sh', '-c', 'echo $$; exec yes >&2'], 'ignore');
    const [first] = (await once(both.stdout!, 'data')) as [Buffer];
    both.stderr?.destroy();
    expect((await once(both, 'close'))[0]).toBe(141);
    await until('the end of yes', () => !isAlive(Number.parseInt(first.toString(), 10)));
  });

  test('Ctrl-C interrupts the command on the host, which may end by itself; the exit code is 130, and standard error is only what the command says', async () => {
    const mark = join(fleet.dir, 'interrupted');
    const child = start(
      [
        '--',
        'sh',
        '-c',
        'trap "echo bye >&2; touch $1; exit 1" INT; echo $$; while :; do sleep 0.05; done',
        'sh',
        mark,
      ],
      'ignore',
    );
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [first] = (await once(child.stdout!, 'data')) as [Buffer];
    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).toBe(130);
    expect(errors).toBe('bye\n');
    await until('the end of the command', () => !isAlive(Number.parseInt(first.toString(), 10)));
    expect(existsSync(mark)).toBe(true);
  });

  test('in a terminal: what is typed reaches the command, and a command that reads nothing ends at once', async () => {
    const typed = inTerminal(['exec', 'app-1', '--', 'sh', '-c', 'read -r line; echo "got $line"'], {
      cwd: fleet.dir,
      env: fleet.env,
    });
    setTimeout(() => typed.type('some words\n'), 500);
    expect(await typed.ended, typed.text()).toBe(0);
    expect(typed.text()).toContain('got some words');
    const plain = inTerminal(['exec', 'app-1', '--', 'echo', 'done'], { cwd: fleet.dir, env: fleet.env });
    expect(await plain.ended, plain.text()).toBe(0);
  });

  test('--json has the output as text, and takes the input as well', async () => {
    const { code, stdout } = await pipe(
      ['--json', '--', 'sh', '-c', 'cat; echo err >&2; exit 7'],
      Buffer.from('input'),
    );
    expect([code, JSON.parse(stdout.toString())]).toEqual([
      7,
      expect.objectContaining({ code: 7, stdout: 'input', stderr: 'err\n' }),
    ]);
  });
});
