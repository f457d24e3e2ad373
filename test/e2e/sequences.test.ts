import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import { startFleet } from '../helpers/fleet.js';
import { SEED, SOAK, tally } from '../helpers/interrupt.js';
import { play, reset, sequence, textOf, type Stage } from '../helpers/sequences.js';

/** FANOPS_SEQUENCES: how many of the seed are played, or which: `26-50`. */
const asked = /^(?:(\d+)-)?(\d+)$/.exec(process.env.FANOPS_SEQUENCES ?? (SOAK ? '100' : '3'));
const [first, last] = [Number(asked?.[1] ?? 1), Number(asked?.[2] ?? 0)];
const sequences = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
  const number = first + index;
  return [number, sequence(SEED * 1000 + number)] as const;
});

let stage: Stage | undefined;
let broken = false;

async function newStage(): Promise<Stage> {
  const fleet = await startFleet();
  const load = startLoad({
    base: fleet.base,
    paths: [{ path: '/api/flow/status?stadiumId=rabat' }, { path: '/api/flow/version' }],
    perSecond: 20,
  });
  return { fleet, load, file: await readFile(join(fleet.dir, 'fanops.yaml'), 'utf8') };
}

async function end(): Promise<void> {
  await stage?.load.stop();
  await stage?.fleet.stop();
  stage = undefined;
}

beforeAll(() => {
  process.stdout.write(`${sequences.length} sequences of seed ${SEED}\n`);
});
afterAll(end);
afterEach(async () => {
  // What a failed sequence left says nothing about the next one.
  if (broken) await end();
  broken = false;
});

test.for(sequences)(
  'whoever has weight answers after each command of sequence %i',
  { timeout: 900_000 },
  async ([number, moves]) => {
    const how = `FANOPS_SEED=${SEED} FANOPS_SEQUENCES=${number}-${number} npm run soak -- sequences`;
    broken = true;
    try {
      stage ??= await newStage();
      await reset(stage);
      const begun = Date.now();
      const told = await play(stage, moves);
      tally('sequences of ten commands', true, how);
      process.stdout.write(`sequence ${number}, ${Math.round((Date.now() - begun) / 1000)} s: ${told.join(', ')}\n`);
      broken = false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      tally('sequences of ten commands', false, `${how}   (${why.split('\n')[0]})`);
      throw new Error(`${how}\n${moves.map(textOf).join(', ')}\n${why}`, { cause: error });
    }
  },
);

test('the same seed gives the same sequences, and every command comes up', () => {
  expect(sequence(3)).toEqual(sequence(3));
  expect(sequence(3)).not.toEqual(sequence(4));
  const kinds = new Set(
    Array.from({ length: 30 }, (_, seed) => sequence(seed))
      .flat()
      .map(({ kind }) => kind),
  );
  expect([...kinds].sort()).toEqual([
    'deploy',
    'deploy rollback',
    'edit',
    'finish',
    'migrate',
    'resume',
    'rollback',
    'undo',
    'weight',
  ]);
});
