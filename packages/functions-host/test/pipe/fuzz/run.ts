import { connect } from 'node:net';
import { bodyLimit, expected, fuzzKey } from './oracle.js';
import { Random } from './random.js';
import { fuzzRequest, wire, type FuzzRequest } from './request.js';

export { bodyLimit, fuzzKey };

export interface FuzzReport {
  sent: number;
  /** How often each status came; `cut` = the connection ended without one. */
  statuses: Record<string, number>;
  /** Requests that were not answered as they should be, each with what came. */
  wrong: string[];
}

/** What no answer may hold: a line of a stack, an error's text, a path of the machine. */
const leaks = /\n\s+at |planted detail|node_modules|node:internal|Error:/;
const AT_ONCE = 16;

/** Sends `count` random requests over sockets of their own and compares each status with the oracle's. */
export async function fuzz(url: string, seed: number, count: number): Promise<FuzzReport> {
  const random = new Random(seed);
  const report: FuzzReport = { sent: 0, statuses: {}, wrong: [] };
  const port = Number(new URL(url).port);
  const one = async (request: FuzzRequest): Promise<void> => {
    const answer = await exchange(port, request);
    const status = /^HTTP\/1\.1 (\d{3})/.exec(answer.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, ''))?.[1];
    const { statuses, cut } = expected(request);
    const right = status === undefined ? cut === true : statuses.includes(Number(status));
    if (!right || leaks.test(answer))
      report.wrong.push(
        `${status ?? 'cut'} in place of ${statuses.join(' or ') || 'cut'}: ${wire(request).toString('latin1').slice(0, 300)}`,
      );
    report.statuses[status ?? 'cut'] = (report.statuses[status ?? 'cut'] ?? 0) + 1;
    report.sent++;
  };
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, () => one(fuzzRequest(random))));
  }
  return report;
}

/** Everything that came back; empty when the connection was cut. A body that was announced longer than it is ends with the connection. */
function exchange(port: number, request: FuzzRequest): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (piece) => (answer += piece.toString('latin1')));
    socket.on('error', () => undefined); // a reset: what came before it counts
    socket.on('close', () => resolve(answer));
    socket.write(wire(request), () => {
      if (request.framing === 'short') socket.end();
    });
  });
}
