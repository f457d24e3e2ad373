// Two ways of doing one thing, measured in turn in one run, so that a machine that is slow just now is slow for both.
import { spawn } from 'node:child_process';

/** @param {number[]} values @returns {number} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures A B A B ..., after one turn of each that does not count.
 * @param {number} rounds
 * @param {() => Promise<number>} a
 * @param {() => Promise<number>} b
 * @returns {Promise<{ a: number, b: number, ratio: number, spread: [number, number] }>} medians, median of the ratios of the rounds, and the
 *   ratios of the middle half
 */
export async function sideBySide(rounds, a, b) {
  await a();
  await b();
  const pairs = [];
  for (let round = 0; round < rounds; round++) pairs.push([await a(), await b()]);
  const ratios = pairs.map(([left, right]) => left / right).sort((x, y) => x - y);
  const quarter = Math.floor(ratios.length / 4);
  return {
    a: median(pairs.map(([left]) => left)),
    b: median(pairs.map(([, right]) => right)),
    ratio: median(ratios),
    spread: [ratios[quarter], ratios[ratios.length - 1 - quarter]],
  };
}

/** Runs a program to its end. @returns {Promise<number>} milliseconds from its start to its end; throws when it fails */
export function timed(command, args, options = {}) {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', reject).on('close', (code) => {
      if (code === 0) resolve(performance.now() - begun);
      else reject(new Error(`${command} ${args.slice(0, 6).join(' ')} ended with ${code}:\n${said.slice(-1000)}`));
    });
  });
}
