// Servers under load, each in a process of its own.
import { spawn } from 'node:child_process';
import autocannon from 'autocannon';
import { until } from '../lib/processes.mjs';
import { answers } from '../lib/sample-fleet.mjs';

/** Starts a program and waits until it listens. @returns {Promise<() => Promise<void>>} ends it */
export async function startServer(command, args, port, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  const ended = new Promise((resolve) =>
    child.once('close', resolve).once('error', (error) => {
      said += error.message;
      resolve(undefined);
    }),
  );
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(late);
  };
  try {
    await until(`${command} ${args[0]} to listen`, () => {
      if (child.exitCode !== null)
        throw new Error(`${command} ${args.join(' ')} ended with ${child.exitCode}:\n${said}`);
      return answers(port);
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A turn counts when no more than this share of its requests failed; a machine may run out of ports for a moment. */
const MOST_FAILED = 0.001;

/** @returns {() => Promise<number>} one turn of load: requests a second; throws when too many were not answered by 200 */
export const load =
  (url, { connections = 20, seconds = 3 } = {}) =>
  async () => {
    const turn = autocannon({ url, connections, duration: seconds });
    const reasons = new Set();
    turn.on('reqError', (error) => reasons.add(error.code ?? error.message));
    const { non2xx, errors, requests } = await turn;
    if (requests.total === 0 || non2xx + errors > requests.total * MOST_FAILED) {
      throw new Error(
        `${url}: of ${requests.total} answers ${non2xx} were not of 200, and ${errors} requests failed (${[...reasons].join(', ')})`,
      );
    }
    return requests.average;
  };
