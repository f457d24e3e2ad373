import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transport } from '../../src/transports/transport.js';
import { awkwardStrings } from '../helpers/awkward.js';
import { isAlive } from '../helpers/processes.js';
import { numberIn, until } from '../helpers/until.js';
import { fileCases, type TransportBench } from './transport-files.contract.js';

export interface TransportSubject {
  name: string;
  /** Starts what is needed and gives a transport to this machine. */
  start(): Promise<{ transport: Transport; stop(): Promise<void> }>;
}

/** What every transport does in the same way. The host of all subjects is this machine, so that results can be looked at. */
export function transportContract(subject: TransportSubject): void {
  describe(`transport ${subject.name}`, () => {
    let started: Awaited<ReturnType<TransportSubject['start']>>;
    let transport: Transport;
    let dir: string;
    const at = {} as TransportBench;

    beforeAll(async () => {
      started = await subject.start();
      transport = started.transport;
      dir = mkdtempSync(join(tmpdir(), 'transport-'));
      Object.assign(at, { transport, dir });
    });
    afterAll(async () => {
      await transport.close();
      await started.stop();
      rmSync(dir, { recursive: true, force: true });
    });
    const sh = (script: string, ...args: string[]) => transport.run({ argv: ['sh', '-c', script, 'sh', ...args] });
    const gone = (pid: number): Promise<true> => until(`process ${pid} to end`, () => !isAlive(pid));

    test('200 awkward strings arrive byte for byte', async () => {
      const strings = awkwardStrings(200);
      const result = await transport.run({ argv: ['printf', '%s\\000', ...strings] });
      expect(result.stdout.split('\0').slice(0, -1)).toEqual(strings);
    });

    test('awkward values in environment, directory and program name', async () => {
      for (const [at, text] of awkwardStrings(40)
        .filter((text) => text !== '' && !text.includes('/'))
        .entries()) {
        const cwd = join(dir, 'cwd', `${at}${text}`);
        mkdirSync(cwd, { recursive: true });
        writeFileSync(join(cwd, `p=${text}`), '#!/bin/sh\nprintf "%s|%s" "$VALUE" "$(basename "$0")"; pwd >&2\n', {
          mode: 0o755,
        });
        const result = await transport.run({ argv: [`./p=${text}`], cwd, env: { VALUE: text } });
        expect(result.stderr).toBe(`${cwd}\n`);
        expect(result.stdout.startsWith(`${text}|p=`)).toBe(true);
      }
    });

    test('a NUL byte and a bad variable name are refused', async () => {
      await expect(transport.run({ argv: ['echo', 'a\0b'] })).rejects.toMatchObject({ code: 'USAGE' });
      await expect(transport.run({ argv: ['true'], env: { 'A-B': '1' } })).rejects.toMatchObject({ code: 'USAGE' });
    });

    test('commands run with LC_ALL=C unless told otherwise', async () => {
      expect((await sh('echo $LC_ALL')).stdout).toBe('C\n');
      expect((await transport.run({ argv: ['sh', '-c', 'echo $LC_ALL'], env: { LC_ALL: 'POSIX' } })).stdout).toBe(
        'POSIX\n',
      );
    });

    test.each([0, 1, 2, 42, 126, 127, 255])('exit code %i', async (code) => {
      expect(await sh('echo out; echo err >&2; exit "$1"', String(code))).toEqual({
        code,
        signal: undefined,
        stdout: 'out\n',
        stderr: 'err\n',
      });
    });

    test('a program that does not exist ends with 127', async () => {
      expect(await transport.run({ argv: ['no-such-program'] })).toMatchObject({ code: 127 });
    });

    test.each(['KILL', 'TERM', 'SEGV'])('the signal %s leaves no code', async (name) => {
      expect(await sh('ulimit -c 0; kill -s "$1" $$', name)).toMatchObject({ code: null, signal: `SIG${name}` });
    });

    test('a missing directory fails and nothing runs', async () => {
      const file = join(dir, 'ran');
      const result = await transport.run({ argv: ['touch', file], cwd: join(dir, 'missing') });
      expect(result.code).not.toBe(0);
      expect(result.stderr).toContain('missing');
      expect(existsSync(file)).toBe(false);
    });

    test('input as text, bytes and stream; without any it is empty', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
      const hex = (stdin: string | Buffer | Readable) =>
        transport
          .run({ argv: ['od', '-An', '-v', '-tx1'] }, { stdin })
          .then((result) => result.stdout.replace(/\s/g, ''));
      expect(await hex('grüß\n')).toBe(Buffer.from('grüß\n').toString('hex'));
      expect(await hex(bytes)).toBe(bytes.toString('hex'));
      expect(await hex(Readable.from([bytes, bytes]))).toBe(bytes.toString('hex').repeat(2));
      expect(await hex('')).toBe('');
      expect(await transport.run({ argv: ['cat'] })).toMatchObject({ code: 0, stdout: '' });
    });

    test('a command that does not read its input ends all the same', async () => {
      const endless = Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(65_536);
        })(),
      );
      expect(await transport.run({ argv: ['true'] }, { stdin: endless })).toMatchObject({ code: 0 });
      expect(await transport.run({ argv: ['true'] }, { stdin: Buffer.alloc(8_000_000) })).toMatchObject({ code: 0 });
    });

    test('an input that breaks off is an error', async () => {
      const broken = Readable.from(
        (function* () {
          yield 'a';
          throw new Error('the disk fell off');
        })(),
      );
      await expect(transport.run({ argv: ['cat'] }, { stdin: broken })).rejects.toMatchObject({
        code: 'INPUT',
        message: expect.stringContaining('the disk fell off') as string,
      });
    });

    test('five megabytes on both streams', async () => {
      const result = await sh(
        'head -c 5000000 /dev/zero | tr "\\0" a & head -c 5000000 /dev/zero | tr "\\0" b >&2; wait',
      );
      expect([result.code, result.stdout.length, result.stderr.length]).toEqual([0, 5_000_000, 5_000_000]);
      expect([new Set(result.stdout).size, new Set(result.stderr).size]).toEqual([1, 1]);
    });

    test('streams that stall in turn are not mixed up', async () => {
      const script =
        'i=0; while [ $i -lt 4 ]; do seq -f "out%.0f" 1 300000; seq -f "err%.0f" 1 300000 >&2; i=$((i+1)); done';
      const { stdout, stderr } = await sh(script);
      const expected = (prefix: string): string =>
        Array.from({ length: 300_000 }, (_, at) => `${prefix}${at + 1}\n`)
          .join('')
          .repeat(4);
      expect(stdout === expected('out')).toBe(true);
      expect(stderr === expected('err')).toBe(true);
    });

    test('onLine gets whole lines while the command runs', async () => {
      const lines: string[] = [];
      const go = join(dir, 'go');
      const running = transport.run(
        {
          argv: [
            'sh',
            '-c',
            'printf "on"; printf "e\\n\\303"; sleep 0.05; printf "\\274\\r\\n"; echo err >&2; ' +
              'while [ ! -e "$1" ]; do sleep 0.02; done; printf rest',
            'sh',
            go,
          ],
        },
        { onLine: (line, stream) => lines.push(`${stream}: ${line}`) },
      );
      await until('three lines', () => lines.length === 3);
      writeFileSync(go, '');
      expect((await running).stdout).toBe('one\nü\r\nrest');
      expect([...lines].sort()).toEqual(['stderr: err', 'stdout: one', 'stdout: rest', 'stdout: ü']);
    });

    test('twenty commands at once', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, at) => sh('sleep 0.05; echo "$1"', String(at))));
      expect(results.map((result) => result.stdout)).toEqual(Array.from({ length: 20 }, (_, at) => `${at}\n`));
    });

    test.each([undefined, 'some input'])('a deadline ends the command (stdin %s)', async (stdin) => {
      const file = join(dir, `deadline-${stdin ?? 'none'}`);
      const running = transport.run(
        { argv: ['sh', '-c', 'echo $$ > "$1"; echo working >&2; exec sleep 300', 'sh', file] },
        { timeoutMs: 700, stdin },
      );
      await expect(running).rejects.toMatchObject({ code: 'DEADLINE', stderr: 'working', data: { timeoutMs: 700 } });
      await gone(await numberIn(file));
    });

    test('an abort ends the command', async () => {
      const file = join(dir, 'abort');
      const stop = new AbortController();
      const running = transport.run(
        { argv: ['sh', '-c', 'echo $$ > "$1"; exec sleep 300', 'sh', file] },
        { signal: stop.signal },
      );
      const caught = running.catch((error: unknown) => error);
      const pid = await numberIn(file);
      stop.abort();
      expect(await caught).toMatchObject({ code: 'CANCELLED', exitCode: 130 });
      await gone(pid);
      await expect(transport.run({ argv: ['true'] }, { signal: stop.signal })).rejects.toMatchObject({
        code: 'CANCELLED',
      });
    });

    test('an abort ends the command at whatever moment of its start it comes', async () => {
      const aborted = [0, 15, 30, 45, 60, 90].map(async (ms) => {
        const file = join(dir, `abort-${ms}`);
        const stop = new AbortController();
        const caught = transport
          .run({ argv: ['sh', '-c', 'echo $$ > "$1"; exec sleep 300', 'sh', file] }, { signal: stop.signal })
          .catch((error: unknown) => error);
        setTimeout(() => stop.abort(), ms);
        expect(await caught).toMatchObject({ code: 'CANCELLED' });
        return file;
      });
      const files = await Promise.all(aborted);
      // What had not begun when the caller was told may begin, and is ended then.
      await sleep(1500);
      for (const file of files) if (existsSync(file)) await gone(await numberIn(file));
    });

    fileCases(at);

    test('nothing of the tools that were used is left', () => {
      expect(execFileSync('sh', ['-c', `ls -a '${dir}' | grep fanops- || true`], { encoding: 'utf8' })).toBe('');
    });
  });
}
