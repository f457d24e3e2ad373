import { afterEach, beforeEach, expect, test } from 'vitest';
import { FanopsError, GateError } from '../../../src/core/errors.js';
import { ExitCode } from '../../../src/core/exit-codes.js';
import {
  action,
  carryOut,
  type Handlers,
  logs,
  plan,
  runRecord,
  step,
  tempStore,
  type TempStore,
} from '../../helpers/runs.js';

let held: TempStore;
beforeEach(() => {
  held = tempStore();
});
afterEach(() => held.dispose());

const guarded = plan([step('arm'), step('shift'), step('commit')], {
  guards: [{ from: 'arm', until: 'commit', action: action('revert', 'Send the traffic back', {}) }],
});
const arm = logs({
  async apply(io) {
    const made = await io.willMake(action('disarm', 'Take the watchdog off', {}), { temporary: true });
    io.ctx.push('arm');
    await made();
  },
});
const breach = logs({
  async apply() {
    throw new GateError('Too many errors.', { hint: 'The traffic went back.' });
  },
});

test('what is temporary stays where the way back failed, and the error does not say that it was gone', async () => {
  await held.store.createRun(runRecord('R1', guarded));
  const log: string[] = [];
  const down = async (): Promise<never> => {
    throw new FanopsError('the host is down');
  };
  const handlers: Handlers = {
    arm,
    shift: breach,
    commit: logs(),
    revert: logs({ apply: down }),
    disarm: logs(),
  };
  const error = await carryOut(held, 'R1', handlers, { log }).then(
    () => undefined,
    (thrown: unknown) => thrown as FanopsError,
  );
  expect(error).toMatchObject({
    message: 'Too many errors.',
    exitCode: ExitCode.failed,
    hint: 'Could not be brought back:\nSend the traffic back: the host is down',
  });
  expect(log).toEqual(['arm']);
  expect((await held.store.effects('R1')).map(({ state }) => state)).toEqual(['made']);
});

test('what is temporary goes where the way back was gone', async () => {
  await held.store.createRun(runRecord('R1', guarded));
  const log: string[] = [];
  const handlers: Handlers = { arm, shift: breach, commit: logs(), revert: logs(), disarm: logs() };
  await expect(carryOut(held, 'R1', handlers, { log })).rejects.toMatchObject({ exitCode: ExitCode.gate });
  expect(log).toEqual(['arm', 'apply recovery:revert', 'apply recovery:disarm']);
});

test('a resume looks at a step that was done once the steps before it are in place again', async () => {
  await held.store.createRun(runRecord('R1', plan([step('arm'), step('shift'), step('last')])));
  const first: Handlers = {
    arm: logs(),
    shift: logs(),
    last: logs({ apply: async () => Promise.reject(new FanopsError('cut')) }),
  };
  await expect(carryOut(held, 'R1', first)).rejects.toThrow('cut');
  const log: string[] = [];
  const look = (state: 'done' | 'change') => async (io: { ctx: string[]; step: { id: string } }) => {
    io.ctx.push(`look ${io.step.id}`);
    return state === 'done' ? { state } : { state, changes: [] };
  };
  await carryOut(
    held,
    'R1',
    {
      arm: logs({ check: look('change'), recheck: true }),
      shift: logs({ check: look('done'), recheck: true }),
      last: logs(),
    },
    { log, resumed: true },
  );
  expect(log).toEqual(['look arm', 'look arm', 'apply arm', 'look shift', 'apply last']);
});
