// Requests at a fixed rate, sent on schedule and not when the last one returned, so that a stall shows as latency and not as silence.
import { Agent, request } from 'node:http';

const IDLE_CLOSED = 'idle-closed';

/**
 * @typedef {{ at: number, ms: number, status: number, error?: string, path: string }} Sample `at` and `ms` in milliseconds; status 0 when there was no answer
 */

/**
 * @param {{ base: string, paths: ({ method?: string, path: string, body?: unknown })[], perSecond: number, keepAlive?: boolean, timeoutMs?: number }} options
 * @returns {{ samples: Sample[], stop(): Promise<Sample[]> }} `stop` ends the sending and waits for the answers under way
 */
export function startLoad({ base, paths, perSecond, keepAlive = true, timeoutMs = 10_000 }) {
  const agent = new Agent({ keepAlive, maxSockets: 256 });
  /** @type {Sample[]} */
  const samples = [];
  /** @type {Set<Promise<void>>} */
  const open = new Set();
  const start = performance.now();
  let sent = 0;
  const send = () => {
    const target = paths[sent % paths.length];
    sent += 1;
    const turn = one(base, target, agent, timeoutMs).then((sample) => void samples.push(sample));
    open.add(turn);
    void turn.finally(() => open.delete(turn));
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * perSecond);
    while (sent < due) send();
  }, 5);
  return {
    samples,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return samples;
    },
  };
}

function one(base, { method = 'GET', path, body }, agent, timeoutMs) {
  const at = Date.now();
  const begun = performance.now();
  return new Promise((resolve) => {
    const end = (status, error) =>
      resolve({ at, ms: performance.now() - begun, status, path, ...(error && { error }) });
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const outgoing = request(new URL(path, base), { method, agent, headers, timeout: timeoutMs }, (answer) => {
      answer
        .resume()
        .on('end', () => end(answer.statusCode))
        .on('error', (error) => end(0, error.code ?? error.message));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    // A router that ends an idle connection just as the client uses it once more: nothing was answered, and a client may simply ask again.
    const idle = (error) => outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code);
    outgoing.on('error', (error) => end(0, idle(error) ? IDLE_CLOSED : (error.code ?? error.message)));
    outgoing.end(text);
  });
}

const isIdleClosed = (sample) => sample.error === IDLE_CLOSED;

/** Requests that got no answer or one of 500 and above; those of `idleClosed` are told apart. @param {Sample[]} samples */
export const failures = (samples) =>
  samples.filter((sample) => (sample.status === 0 || sample.status >= 500) && !isIdleClosed(sample));

/** Requests lost with an idle kept connection that the router closed; only a client with keep-alive has any. @param {Sample[]} samples */
export const idleClosed = (samples) => samples.filter(isIdleClosed);

/** @param {Sample[]} samples @param {boolean} keepAlive the client's mode @returns {string} a line for people */
export const idleClosedText = (samples, keepAlive) =>
  `${idleClosed(samples).length} idle connections closed under a request (client ${keepAlive ? 'with' : 'without'} keep-alive)`;

/** @param {Sample[]} samples @param {number} share e.g. 0.95 @returns {number} milliseconds */
export function percentile(samples, share) {
  const sorted = samples.map((sample) => sample.ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
