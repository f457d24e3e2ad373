import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { interruptions, KINDS, parseInterruption, textOf } from '../helpers/chaos/cases.js';
import { startGround, type Ground } from '../helpers/chaos/ground.js';
import { play } from '../helpers/chaos/play.js';
import { engines, hasEngine } from '../helpers/engines.js';
import { SEED, SOAK, tally } from '../helpers/interrupt.js';

/** FANOPS_CASE repeats single ones, FANOPS_INTERRUPTIONS says how many of the seed are played. */
const repeated = (process.env.FANOPS_CASE ?? '')
  .split(';')
  .filter((text) => text.trim() !== '')
  .map(parseInterruption);
const count = Number(process.env.FANOPS_INTERRUPTIONS ?? (SOAK ? 100 : 6));
const cases =
  repeated.length > 0
    ? repeated
    : interruptions(count, { seed: SOAK ? SEED : SEED + 2, kinds: KINDS, engines: engines.filter(hasEngine) });

let ground: Ground | undefined;
let broken = false;
let lost = 0;

beforeAll(() => {
  process.stdout.write(`${cases.length} interruptions of seed ${SEED}\n`);
});
afterAll(async () => {
  process.stdout.write(`${lost} requests failed while what answers them was killed\n`);
  await ground?.stop();
});
afterEach(async () => {
  // What a failed case left says nothing about the next one.
  if (broken) await ground?.stop();
  if (broken) ground = undefined;
  broken = false;
});

test.for(cases.map((each, index) => [`${index + 1}: ${textOf(each)}`, each] as const))(
  '%s',
  { timeout: 400_000 },
  async ([, each], context) => {
    const kind = `interruptions by ${each.kind}`;
    broken = true;
    try {
      ground ??= await startGround(each.engine);
      if (each.kind.startsWith('disk') && !ground.disks) {
        broken = false;
        context.skip('a disk cannot be mounted here: that takes root, or sudo without a password');
      }
      const begun = Date.now();
      const played = await play(ground, each);
      lost += played.lost;
      tally(kind, true, textOf(each));
      process.stdout.write(
        `${textOf(each)}: ended with ${played.ended}, ${played.lost} requests failed, right after ${Math.round((Date.now() - begun) / 1000)} s\n`,
      );
      broken = false;
    } catch (error) {
      if (!broken) throw error;
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
      tally(kind, false, `FANOPS_CASE='${textOf(each)}' npm run soak -- interruptions   (${why})`);
      throw error;
    }
  },
);

test('the same seed gives the same interruptions, and each can be written down and read again', () => {
  const of = (seed: number) => interruptions(200, { seed, kinds: KINDS, engines });
  expect(of(3)).toEqual(of(3));
  expect(of(3)).not.toEqual(of(4));
  expect(of(3).map(textOf).map(parseInterruption)).toEqual(of(3));
  expect(new Set(of(3).map(({ kind }) => kind))).toEqual(new Set(KINDS));
});
