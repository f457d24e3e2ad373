import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FanopsError } from '../../../src/core/errors.js';
import { SqliteRunStore } from '../../../src/runs/sqlite-store.js';
import { action, carryOut, type Handlers, logs, plan, runRecord, step, type TempStore } from '../../helpers/runs.js';
import { smallDisk, type SmallDisk } from '../../helpers/small-disk.js';

const probeDir = mkdtempSync(join(tmpdir(), 'disk-'));
const possible = smallDisk(probeDir);
possible?.unmount();
rmSync(probeDir, { recursive: true });

const guarded = plan([step('arm'), step('shift'), step('commit')], {
  guards: [{ from: 'arm', until: 'commit', action: action('revert', 'Send the traffic back', {}) }],
});

/** Small disks take root: elsewhere these cases do not exist. */
describe.runIf(possible !== undefined)('the disk of the control machine is full', () => {
  let dir: string;
  let disk: SmallDisk;
  let store: SqliteRunStore | undefined;
  const file = (): string => join(dir, 'runs.db');
  const held = (): TempStore => ({ file: file(), store: store! }) as TempStore;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'disk-'));
    disk = smallDisk(dir, '512k')!;
    store = undefined;
  });
  afterEach(async () => {
    await store?.close();
    disk.unmount();
    rmSync(dir, { recursive: true, force: true });
  });

  const caught = (task: () => unknown): Promise<FanopsError> =>
    Promise.resolve()
      .then(task)
      .then(
        () => {
          throw new Error('it did not fail');
        },
        (error: unknown) => error as FanopsError,
      );

  test('a store that cannot be made, opened or written says whose disk is full, which file, and what is free', async () => {
    disk.fill();
    const told = {
      code: 'DISK_FULL',
      message: expect.stringMatching(
        /^The disk of this machine is full: \S+runs\.db cannot be written \(0 bytes free\)\.$/,
      ) as string,
    };
    expect(await caught(() => new SqliteRunStore(file()))).toMatchObject(told);
    disk.free();
    store = new SqliteRunStore(file());
    await store.createRun(runRecord('R1', guarded));
    disk.fill();
    const large = plan([step('a', { input: { text: 'x'.repeat(100_000) } })]);
    expect(await caught(() => store!.createRun(runRecord('R2', large)))).toMatchObject(told);
    expect((await store.runs(5)).map(({ id }) => id)).toEqual(['R1']);
    await store.close();
    disk.fill();
    // What is there can be read.
    store = new SqliteRunStore(file());
    expect((await store.runs(5)).map(({ id }) => id)).toEqual(['R1']);
    disk.free();
    await store.createRun(runRecord('R2', large));
  });

  test('a run whose journal cannot be written any more goes its way back, takes away what is temporary, and goes on later', async () => {
    store = new SqliteRunStore(file());
    await store.createRun(runRecord('R1', guarded));
    const log: string[] = [];
    const arm = logs({
      recheck: true,
      async check() {
        return log.includes('disarmed') ? { state: 'change', changes: [] } : { state: 'done' };
      },
      async apply(io) {
        io.ctx.push('arm');
      },
    });
    const shift = logs({
      async apply(io) {
        const made = await io.willMake(action('disarm', 'Take the watchdog off', {}), { temporary: true });
        await made();
        disk.fill();
        // Lines that a command prints must not end the process either; together they need more than is left in the log of the store.
        for (let line = 0; line < 200; line += 1) io.line('x'.repeat(2000));
        io.ctx.push('shift');
      },
    });
    const handlers: Handlers = { arm, shift, commit: logs(), revert: logs(), disarm: logs() };
    const error = await caught(() => carryOut(held(), 'R1', handlers, { log }));
    expect(error.message).toMatch(/The disk of this machine is full: \S+runs\.db cannot be written/);
    expect(log).toEqual(['shift', 'apply recovery:revert', 'apply recovery:disarm']);
    disk.free();
    await store.close();
    store = new SqliteRunStore(file());
    // What is kept is what a killed process leaves.
    expect((await store.steps('R1')).map(({ status }) => status)).toEqual(['done', 'started', 'pending']);
    log.length = 0;
    await carryOut(held(), 'R1', { ...handlers, shift: logs({ repeatable: true }) }, { log, resumed: true });
    expect(log).toEqual(['apply shift', 'apply commit', 'apply recovery:disarm']);
  });
});
