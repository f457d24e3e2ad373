import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  acquireLock,
  parseLockAnswer,
  releaseLock,
  renewLock,
  showLock,
  type LockAnswer,
} from '../../../src/remote/service-lock.js';

/** The shells of this machine, each once. */
const SHELLS = [...new Set(['/bin/dash', '/bin/bash', '/bin/sh'].filter(existsSync).map((path) => realpathSync(path)))];
const HOLDER = '{"run":"R1","reason":"it\'s \\"odd\\" $HOME"}';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'lock-')), "service-m1 it's");
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

/** Runs one of the lock's command lines with a shell of the test's choice. */
function run(shell: string, argv: string[], stdin = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(shell, argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child
      .on('error', reject)
      .on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`exit ${code}: ${err}`))));
    child.stdin.on('error', () => undefined); // It may have ended without reading.
    child.stdin.end(stdin);
  });
}

let tokens = 0;
const acquire = async (shell: string, ttl: number, take = 0, holder = HOLDER): Promise<LockAnswer> =>
  parseLockAnswer(await run(shell, acquireLock(dir, `t${(tokens += 1)}`, ttl, take), `${holder}\n`));
const show = async (shell: string): Promise<LockAnswer> => parseLockAnswer(await run(shell, showLock(dir)));
const renew = async (shell: string, fence: number, ttl = 60): Promise<string> =>
  (await run(shell, renewLock(dir, fence, ttl))).trim();

describe.each(SHELLS)('under %s', (shell) => {
  test('one takes it, the next is told who has it and for how long', async () => {
    expect(await show(shell)).toEqual({ state: 'free', fence: 0 });
    expect(existsSync(dir)).toBe(false);
    expect(await acquire(shell, 60)).toEqual({ state: 'acquired', fence: 1 });
    const held = await acquire(shell, 60, 0, '{"run":"R2"}');
    expect(held).toEqual({ state: 'held', fence: 1, secondsLeft: expect.any(Number) as number, holder: HOLDER });
    expect(held.state === 'held' && held.secondsLeft > 50 && held.secondsLeft <= 60).toBe(true);
    expect(await show(shell)).toMatchObject({ state: 'held', fence: 1, holder: HOLDER });
    expect(readdirSync(dir)).toEqual(['lock.1']);
    expect(statSync(join(dir, 'lock.1')).mode & 0o077).toBe(0);
  });

  test('a released lock is free, and the next number is higher', async () => {
    await acquire(shell, 60);
    await run(shell, releaseLock(dir, 1));
    expect(await show(shell)).toEqual({ state: 'free', fence: 1 });
    expect(await acquire(shell, 60)).toEqual({ state: 'acquired', fence: 2 });
    expect(readdirSync(dir)).toEqual(['lock.2']);
    await run(shell, releaseLock(dir, 1));
    expect(await show(shell)).toMatchObject({ state: 'held', fence: 2 });
  });

  test('a lease that ended lets the next one in; its holder finds out', async () => {
    await acquire(shell, 0);
    expect(await show(shell)).toEqual({ state: 'free', fence: 1 });
    expect(await acquire(shell, 60)).toEqual({ state: 'acquired', fence: 2 });
    expect(await renew(shell, 1)).toBe('lost');
    expect(await renew(shell, 2)).toBe('renewed');
  });

  test('a renewal lengthens the lease; one of a released or broken lock is lost', async () => {
    await acquire(shell, 0);
    expect(await renew(shell, 1, 90)).toBe('renewed');
    const held = await show(shell);
    expect(held.state === 'held' && held.secondsLeft > 80).toBe(true);
    await run(shell, releaseLock(dir, 1));
    expect(await renew(shell, 1)).toBe('lost');
  });

  test("the lock of a holder known to be dead is taken at once, but only that one's", async () => {
    await acquire(shell, 600);
    expect(await acquire(shell, 600, 7)).toMatchObject({ state: 'held', fence: 1 });
    expect(await acquire(shell, 600, 1)).toEqual({ state: 'acquired', fence: 2 });
    expect(await acquire(shell, 600, 1)).toMatchObject({ state: 'held', fence: 2 });
    expect(await renew(shell, 1)).toBe('lost');
  });

  test('twenty at once: exactly one wins', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => acquire(shell, 60, 0, `{"run":"R${index}"}`)),
    );
    const winners = answers.filter(({ state }) => state === 'acquired');
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ state }) => state === 'held')).toHaveLength(19);
    expect(readdirSync(dir).filter((name) => name.startsWith('lock.'))).toEqual([`lock.${winners[0]?.fence}`]);
  });

  test('twenty at once take over one dead holder: exactly one wins', async () => {
    await acquire(shell, 600);
    const answers = await Promise.all(Array.from({ length: 20 }, () => acquire(shell, 600, 1)));
    expect(answers.filter(({ state }) => state === 'acquired')).toHaveLength(1);
  });

  test('the numbers only grow, whatever comes in between', async () => {
    let last = 0;
    let seed = 42;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 1 + random(3) }, () => acquire(shell, random(2) === 0 ? 0 : 60)),
      );
      const fences = answers
        .filter(({ state }) => state === 'acquired')
        .map(({ fence }) => fence)
        .sort((a, b) => a - b);
      for (const fence of fences) {
        expect(fence).toBeGreaterThan(last);
        last = fence;
      }
      if (random(3) === 0) await renew(shell, last, random(2) * 60);
      if (random(2) === 0) await run(shell, releaseLock(dir, last));
    }
    expect(last).toBeGreaterThan(10);
  }, 120_000); // Hundreds of processes: slow on a machine that is busy.
});

test('leftovers of other names, and empty ones, do no harm', async () => {
  const [shell = 'sh'] = SHELLS;
  await promisify(execFile)('sh', [
    '-c',
    'mkdir -p "$1" && cd "$1" && touch lock. lock.x lock.1x released. until.y .until.3',
    'sh',
    dir,
  ]);
  expect(await acquire(shell, 60)).toEqual({ state: 'acquired', fence: 1 });
});

test("an answer that is none of the commands' is refused", () => {
  expect(() => parseLockAnswer('Permission denied\n')).toThrow(
    'Unexpected answer of the lock command: "Permission denied\\n"',
  );
  expect(parseLockAnswer('held 3 12\n{"a":\n1}\n')).toEqual({
    state: 'held',
    fence: 3,
    secondsLeft: 12,
    holder: '{"a":\n1}',
  });
});
