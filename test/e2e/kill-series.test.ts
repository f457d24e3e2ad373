import { afterAll, afterEach, expect, test } from 'vitest';
import { failures } from '../../scripts/lib/load.mjs';
import { COMMANDS, parseInterruption, textOf, THENS, type Interruption } from '../helpers/chaos/cases.js';
import { startGround, type Ground } from '../helpers/chaos/ground.js';
import { kills } from '../helpers/chaos/kills.js';
import { play } from '../helpers/chaos/play.js';
import { engines, hasEngine, type Engine } from '../helpers/engines.js';
import { SEED, SOAK, tally } from '../helpers/interrupt.js';

// FANOPS_ENGINE names one engine, FANOPS_KILLS how many of each are played, or which: `26-50`; FANOPS_CASE repeats.
const named = engines.filter((each) => each === process.env.FANOPS_ENGINE);
const played = named.length > 0 ? named : SOAK ? engines.filter(hasEngine) : engines.slice(0, 1);
const asked = /^(?:(\d+)-)?(\d+)$/.exec(process.env.FANOPS_KILLS ?? (SOAK ? '100' : '2'));
const range = [Number(asked?.[1] ?? 1), Number(asked?.[2] ?? 0)] as const;
const repeated = (process.env.FANOPS_CASE ?? '')
  .split(';')
  .filter((text) => text.trim() !== '')
  .map(parseInterruption);
const series = (engine: Engine): [string, Interruption][] =>
  kills(engine, { seed: SOAK ? SEED : SEED + 10, range }).map((each, index) => [
    `${range[0] + index}: ${textOf(each)}`,
    each,
  ]);
const again = repeated.map((each): [string, Interruption] => [textOf(each), each]);
const cases = again.length > 0 ? again : played.flatMap(series);

interface Count {
  right: number;
  cases: number;
  killed: number;
  requests: number;
  failed: number;
}
const counts = new Map<Engine, Count>();
let ground: Ground | undefined;
let engine: Engine | undefined;
let broken = false;

async function end(): Promise<void> {
  const samples = (await ground?.load.stop()) ?? [];
  const count = engine && counts.get(engine);
  if (count) count.requests += samples.length;
  if (count) count.failed += failures(samples).length;
  await ground?.stop();
  ground = undefined;
}

afterAll(async () => {
  await end();
  for (const [name, { right, cases: all, killed, requests, failed }] of counts) {
    const lost = `${failed} of ${requests} requests failed`;
    process.stdout.write(`${name}: ${right} of ${all} right, ${killed} killed before they ended, ${lost}\n`);
  }
}, 180_000);
afterEach(async () => {
  // What a failed case left says nothing about the next one.
  if (broken) await end();
  broken = false;
}, 180_000);

const TITLE = 'kill -9, then a second rollback, another port or an undo: %s';
test.for(cases)(TITLE, { timeout: 600_000 }, async ([, each]) => {
  const how = `FANOPS_CASE='${textOf(each)}' npm run soak -- kills`;
  const kind = `kills with ${each.engine}`;
  broken = true;
  try {
    if (engine !== each.engine) await end();
    engine = each.engine;
    const count = counts.get(engine) ?? { right: 0, cases: 0, killed: 0, requests: 0, failed: 0 };
    counts.set(engine, count);
    count.cases += 1;
    ground ??= await startGround(each.engine, { perSecond: 50 });
    const begun = Date.now();
    const { ended, lost, then } = await play(ground, each);
    count.right += 1;
    count.killed += ended === 'SIGKILL' ? 1 : 0;
    tally(kind, true, textOf(each));
    const took = `right after ${Math.round((Date.now() - begun) / 1000)} s`;
    process.stdout.write(`${textOf(each)}: ended with ${ended}, then ${then}, ${lost} requests failed, ${took}\n`);
    broken = false;
  } catch (error) {
    tally(kind, false, `${how}   (${String(error).split('\n')[0]})`);
    throw error;
  }
});

test('a part of the kill series has the cases of the whole, and each engine gets every command and sequel', () => {
  for (const each of engines) {
    const all = kills(each, { seed: 3, range: [1, 100] });
    expect(kills(each, { seed: 3, range: [26, 50] })).toEqual(all.slice(25, 50));
    expect(kills(each, { seed: 4, range: [1, 100] })).not.toEqual(all);
    expect(all.map(textOf).map(parseInterruption)).toEqual(all);
    expect(new Set(all.map(({ command }) => command))).toEqual(new Set(COMMANDS));
    expect(new Set(all.map(({ then }) => then))).toEqual(new Set(THENS));
  }
});
