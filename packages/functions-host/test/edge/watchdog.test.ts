import { expect, it } from 'vitest';
import { watchdogLimit } from '../../src/watchdog/limit.js';
import { startFixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { ask } from './running.js';

it('a blocked event loop ends the process with SIGKILL; the log says for how long, where, and which function ran', async () => {
  const host = await startFixture('edge-http', { env: { FANOPS_WATCHDOG_SECONDS: '2' } });
  await ask(host.url, '/api/blocks').catch(() => undefined); // the connection is cut
  await waitFor('the process to end', () => host.process.signalCode !== null);
  expect(host.process.signalCode).toBe('SIGKILL');
  const line =
    host
      .stderr()
      .split('\n')
      .find((text) => text.includes('Host.Watchdog')) ?? '{}';
  const { level, message } = JSON.parse(line) as { level: string; message: string };
  expect(level).toBe('critical');
  expect(message).toMatch(/^The event loop was blocked for \d s: /);
  expect(message).toMatch(/ It was in handler \(.*edge-http\/src\/index\.js:\d+\)\. Functions under way: blocks\.$/);
});

it('a process that was paused goes on, and one that is busy but not blocked is left alone', async () => {
  const host = await startFixture('edge-http', { env: { FANOPS_WATCHDOG_SECONDS: '1' } });
  host.process.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2500)); // the time that passes is what is tested
  host.process.kill('SIGCONT');
  expect((await ask(host.url, '/api/noRoute')).status).toBe(200);
  expect(host.process.signalCode).toBeNull();
  expect(await host.stop()).toBe(0);
});

it('how long it waits: 60 s, at most the function timeout; the function timeout in strict mode; the setting, 0 = off', () => {
  expect([
    watchdogLimit({}, false, 1_800_000),
    watchdogLimit({}, false, undefined),
    watchdogLimit({}, false, 5000),
  ]).toEqual([60_000, 60_000, 5000]);
  expect([watchdogLimit({}, true, 1_800_000), watchdogLimit({}, true, undefined)]).toEqual([1_800_000, 0]);
  expect([
    watchdogLimit({ FANOPS_WATCHDOG_SECONDS: '7' }, true, 5000),
    watchdogLimit({ FANOPS_WATCHDOG_SECONDS: '0' }, false, 5000),
  ]).toEqual([7000, 0]);
  expect(() => watchdogLimit({ FANOPS_WATCHDOG_SECONDS: 'soon' }, false, undefined)).toThrow('FANOPS_WATCHDOG_SECONDS');
});
