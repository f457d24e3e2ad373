import type { Engine } from '../engines.js';
import { seeded, type Moment } from '../interrupt.js';
import { CHANGES, COMMANDS, MOVES, STEPS, TAKES, THENS } from './cases.js';
import type { CommandName, End, Interruption, When } from './cases.js';

const MOMENTS: readonly ((random: () => number) => Moment)[] = [
  () => 'start',
  () => 'progress',
  () => 'end',
  (random) => Math.round(random() * 800),
];
const ON_VM: readonly CommandName[] = ['deploy', 'deploy-rollback', 'migrate-rollback'];

/** Whether users are on the new side when the case is over. */
function endsOnVm(moved: boolean, { command, end, then }: Interruption): boolean {
  const before = command === 'migrate' ? false : ON_VM.includes(command) ? true : moved;
  const done = command === 'migrate' ? true : command === 'migrate-rollback' ? false : before;
  if (then === 'port') return true;
  if (then === 'rollback') return false;
  return end.endsWith('undo') ? before : then === 'undo' ? before : done;
}

/**
 * The kill series of an engine: `kill -9` of one command after the other. Case N depends on nothing but seed, engine
 * and N, so that parts of the series can be played by themselves. Every command, and every way to go on, comes up in
 * its turn; a command is mostly one that the service is in the right place for, so that few are needed in between.
 * @param range first and last case, counted from 1
 */
export function kills(engine: Engine, options: { seed: number; range: readonly [number, number] }): Interruption[] {
  const {
    seed,
    range: [first, last],
  } = options;
  const random = seeded([...engine].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const bag = <T>(all: readonly T[]): ((fits?: (one: T) => boolean) => T) => {
    let left: T[] = [];
    return (fits = () => true) => {
      if (left.length === 0) left = [...all];
      const fitting = left.filter(fits);
      const one = pick(fitting.length > 0 ? fitting : left);
      left.splice(left.indexOf(one), 1);
      return one;
    };
  };
  const [nextCommand, nextThen] = [bag(COMMANDS), bag(THENS)];
  const nextChange = { 'router-apply': bag(CHANGES['router-apply']), 'host-provision': bag(CHANGES['host-provision']) };
  let moved = false;
  const one = (): Interruption => {
    const command = nextCommand((name) => (moved ? name !== 'migrate' : !ON_VM.includes(name)));
    const change = command === 'router-apply' || command === 'host-provision' ? nextChange[command]() : undefined;
    const when: When =
      random() < 0.75
        ? { ms: Math.round(random() * TAKES[command]) }
        : { step: pick(STEPS[command]), moment: pick(MOMENTS)(random) };
    const waits = (MOVES as readonly CommandName[]).includes(command) && random() < 0.2;
    const end: End = pick(waits ? (['watchdog+resume', 'watchdog+undo'] as const) : (['resume', 'undo'] as const));
    const then = nextThen();
    const drawn: Interruption = { engine, command, ...(change && { change }), kind: 'sigkill', when, end, then };
    moved = endsOnVm(moved, drawn);
    return drawn;
  };
  return Array.from({ length: last }, one).slice(first - 1);
}
