import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endAll, endedNames, guarded, type GuardOptions } from '../../../src/remote/guard.js';
import { isAlive } from '../../helpers/processes.js';
import { numberIn, until } from '../../helpers/until.js';

const shells = ['/bin/dash', '/bin/bash'].filter((shell) => existsSync(shell));

describe.each(shells)('guard under %s', (shell) => {
  let dir: string;
  let locks: string;
  let bin: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'guard-'));
    locks = join(dir, 'locks');
    bin = join(dir, 'bin');
    mkdirSync(bin);
    symlinkSync(shell, join(bin, 'sh'));
  });
  afterEach(async () => {
    await run(endAll(locks, ''));
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  const start = (argv: string[], path = `${bin}:${process.env.PATH}`): ChildProcess => {
    const child = spawn(join(bin, 'sh'), argv.slice(1), {
      cwd: dir,
      env: { PATH: path },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  };
  const finish = async (
    child: ChildProcess,
  ): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> => {
    const out = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...out })));
  };
  const run = (argv: string[]): ReturnType<typeof finish> => {
    const child = start(argv);
    child.stdin?.end();
    return finish(child);
  };
  const guard = (script: string, options: Partial<GuardOptions> = {}): string[] =>
    guarded(['sh', '-c', script], {
      dir: locks,
      name: 'run-1/step a',
      forerunner: 'wait',
      waitSeconds: 20,
      ...options,
    });
  const file = (name: string): string => join(dir, name);
  const lockFiles = (): string[] => (existsSync(locks) ? readdirSync(locks) : []);
  const pidIn = (name: string): Promise<number> => numberIn(file(name));

  test('passes output, errors, input and the exit code through', async () => {
    const child = start(guard('cat; echo err >&2; exit 7'));
    child.stdin?.end('in\n');
    expect(await finish(child)).toEqual({ code: 7, signal: null, stdout: 'in\n', stderr: 'err\n' });
    expect(lockFiles()).toEqual([]);
  });

  test.each([
    [['/nowhere/tool'], 127],
    [['exit', '3'], 127],
    [['sh', '-c', 'kill -9 $$'], 137],
    [['sh', '-c', 'kill $$'], 143],
    [['printf', '%s', `a'b "c" $d\n\\`], 0],
  ])('runs %j as it is and ends with %i', async (argv, code) => {
    const result = await run(guarded(argv, { dir: locks, name: 'x', forerunner: 'wait', waitSeconds: 1 }));
    expect(result.code).toBe(code);
    if (argv[0] === 'printf') expect(result.stdout).toBe(argv[2]);
    expect(lockFiles()).toEqual([]);
  });

  test('carries five megabytes on both streams without mixing them', async () => {
    const result = await run(
      guard('head -c 5000000 /dev/zero | tr "\\0" a; head -c 5000000 /dev/zero | tr "\\0" b >&2'),
    );
    expect([result.code, result.stdout.length, result.stderr.length]).toEqual([0, 5_000_000, 5_000_000]);
  });

  test('the command runs on when the outer process is killed and its reader is gone', async () => {
    const child = start(
      guard(
        `echo $$ > ${file('pid')}; while [ ! -e ${file('go')} ]; do echo line; sleep 0.05; done
        for i in 1 2 3; do echo more; echo more >&2; done; touch ${file('done')}`,
      ),
    );
    const pid = await pidIn('pid');
    child.kill('SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
    await until('the outer process to be gone', () => child.exitCode !== null || child.signalCode !== null);
    expect(isAlive(pid)).toBe(true);
    expect(lockFiles()).toEqual(['run-1%2Fstep%20a.lock']);
    writeFileSync(file('go'), '');
    await until('the command to finish its work', () => existsSync(file('done')));
    await until('the lock to be gone', () => lockFiles().length === 0);
  });

  test('the outer process is killed with its whole group: the command has a session of its own', async () => {
    const child = spawn(join(bin, 'sh'), guard(`echo $$ > ${file('pid')}; exec sleep 60`).slice(1), {
      cwd: dir,
      env: { PATH: `${bin}:${process.env.PATH}` },
      detached: true,
      stdio: 'ignore',
    });
    const pid = await pidIn('pid');
    process.kill(-(child.pid as number), 'SIGKILL');
    await until('the outer process to be gone', () => child.signalCode !== null);
    expect(isAlive(pid)).toBe(true);
    const ended = await run(endAll(locks, 'run-1'));
    expect(endedNames(ended.stdout)).toEqual(['run-1/step a']);
    expect(isAlive(pid)).toBe(false);
  });

  test('waits for the end of a forerunner', async () => {
    const first = start(
      guard(
        `echo $$ > ${file('pid')}; while [ ! -e ${file('go')} ]; do sleep 0.05; done; echo first >> ${file('order')}`,
      ),
    );
    await pidIn('pid');
    first.kill('SIGKILL');
    const second = start(guard(`echo second >> ${file('order')}`));
    let said = '';
    second.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('the second to wait', () => said.includes('waits at most 20 s'));
    writeFileSync(file('go'), '');
    expect((await finish(second)).code).toBe(0);
    expect(readFileSync(file('order'), 'utf8')).toBe('first\nsecond\n');
  });

  test('ends a forerunner with its grandchildren when told to', async () => {
    const first = start(guard(`trap '' TERM; sh -c 'trap "" TERM; sleep 60 & echo $! > ${file('grandchild')}; wait'`));
    const grandchild = await pidIn('grandchild');
    first.kill('SIGKILL');
    const result = await run(guard('echo mine', { forerunner: 'end' }));
    expect(result).toMatchObject({ code: 0, stdout: 'mine\n' });
    expect(isAlive(grandchild)).toBe(false);
  });

  test('a command that obeys TERM does not save its children that do not', async () => {
    start(guard(`sh -c 'trap "" TERM; echo $$ > ${file('grandchild')}; while :; do sleep 0.2; done' & exec sleep 60`));
    const grandchild = await pidIn('grandchild');
    const ended = await run(endAll(locks, 'run-1'));
    expect(endedNames(ended.stdout)).toEqual(['run-1/step a']);
    expect(isAlive(grandchild)).toBe(false);
    expect(lockFiles()).toEqual([]);
  });

  test('ends a forerunner after the wait', async () => {
    start(guard(`echo $$ > ${file('pid')}; exec sleep 60`));
    const pid = await pidIn('pid');
    const result = await run(guard('echo mine', { waitSeconds: 1 }));
    expect(result).toMatchObject({ code: 0, stdout: 'mine\n' });
    expect(isAlive(pid)).toBe(false);
  });

  test('a command that is ended may say its last words, and its caller gets its exit code', async () => {
    const first = start(guard(`trap 'echo bye; exit 9' TERM; echo $$ > ${file('pid')}; while :; do sleep 0.05; done`));
    const done = finish(first);
    await pidIn('pid');
    await run(endAll(locks, 'run-1'));
    expect(await done).toMatchObject({ code: 9, stdout: 'bye\n' });
  });

  test('a lock whose process died, or whose number is used by another process, does not hold', async () => {
    mkdirSync(locks);
    for (const content of [`${process.pid} other-boot:1\nx\n`, '99999999 x:1\nx\n', 'rubbish', '']) {
      writeFileSync(join(locks, 'run-1%2Fstep%20a.lock'), content);
      expect(await run(guard('echo ran', { forerunner: 'end' }))).toMatchObject({ code: 0, stdout: 'ran\n' });
    }
  });

  test('a command whose leader alone was killed still holds its lock', async () => {
    start(guard(`echo $PPID > ${file('parent')}; echo $$ > ${file('pid')}; exec sleep 60`));
    const pid = await pidIn('pid');
    const leader = Number(readFileSync(join(locks, 'run-1%2Fstep%20a.lock'), 'utf8').split(' ')[0]);
    process.kill(leader, 'SIGKILL');
    const result = await run(guard('echo mine', { forerunner: 'end' }));
    expect(result.stdout).toBe('mine\n');
    expect(result.stderr).toContain(`ends process group ${leader}`);
    expect(isAlive(pid)).toBe(false);
  });

  test('many at once run one after the other', async () => {
    const script = `mkdir ${file('busy')} || echo overlap; sleep 0.05; rmdir ${file('busy')}; echo ok`;
    const results = await Promise.all(Array.from({ length: 6 }, () => run(guard(script))));
    expect(results.map((result) => result.stdout)).toEqual(Array<string>(6).fill('ok\n'));
  });

  test('endAll leaves other runs alone and names what it ended', async () => {
    for (const name of ['run-1/a', "run-1/it's %", 'run-2/a'])
      start(guard(`echo $$ > '${file(encodeURIComponent(name).replace("'", ''))}'; exec sleep 60`, { name }));
    await until('three locks', () => lockFiles().filter((name) => name.endsWith('.lock')).length === 3);
    expect(endedNames((await run(endAll(locks, 'run-1/'))).stdout)).toEqual(['run-1/a', "run-1/it's %"]);
    expect(lockFiles()).toEqual(['run-2%2Fa.lock']);
  });

  test('without setsid: job control where the shell has it, else a refusal', async () => {
    const tools = join(dir, 'tools');
    mkdirSync(tools);
    for (const tool of ['mkdir', 'rmdir', 'date', 'sleep', 'find', 'ps', 'cat', 'cut', 'sed', 'mv', 'rm', 'tee'])
      symlinkSync(`/usr/bin/${tool}`, join(tools, tool));
    const child = start(guard('cat; exit 4'), `${bin}:${tools}`);
    child.stdin?.end('in\n');
    const result = await finish(child);
    if (shell.endsWith('bash')) expect(result).toMatchObject({ code: 4, stdout: 'in\n' });
    else expect(result).toMatchObject({ code: 125, stdout: '' });
    expect(lockFiles()).toEqual([]);
  });
});
