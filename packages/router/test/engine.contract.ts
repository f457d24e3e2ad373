import { afterAll, beforeAll, describe, test } from 'vitest';
import { findProgram } from '../src/foreign/system.js';
import type { EngineName, Route } from '../src/state.js';
import { RawApp } from './contract/app.js';
import { shortTimeouts, type Contract } from './contract/contract.js';
import { startEngine, type StartedEngine } from './contract/engine.js';
import { failureContract } from './contract/failures.js';
import { forwardedContract } from './contract/forwarded.js';
import { pathContract } from './contract/paths.js';
import { requestContract } from './contract/requests.js';
import { behaviours, responseContract } from './contract/responses.js';
import { secureApp } from './contract/secure.js';
import { stuckListener } from './contract/stuck.js';
import { targetContract } from './contract/targets.js';
import { freePort, routeOf } from './helpers.js';

const isThere = async (engine: EngineName): Promise<boolean> =>
  engine === 'embedded' ||
  findProgram(engine).then(
    () => true,
    () => false,
  );

/** What every router engine does alike, and where one cannot, what it does: the tests behind `docs/router.md`. */
export async function engineContract(engine: EngineName): Promise<void> {
  if (!(await isThere(engine))) return void test.skip(`${engine} is not installed on this machine`, () => undefined);
  let app: RawApp;
  const stops: (() => Promise<void>)[] = [];
  const running: Partial<Record<'main' | 'trusting' | 'short', StartedEngine>> = {};
  const given = (name: keyof typeof running) => () => running[name] as StartedEngine;
  const contract: Contract = {
    engine,
    main: given('main'),
    trusting: given('trusting'),
    short: given('short'),
    app: () => app,
  };

  beforeAll(async () => {
    app = await RawApp.start(behaviours);
    const [secure, stuck] = await Promise.all([secureApp(), stuckListener()]);
    stops.push(
      () => secure.stop(),
      () => stuck.stop(),
    );
    const to = (service: string, path: string, url: string, more: Partial<Route> = {}): Route =>
      routeOf({ service, path, placements: [{ name: 'vm', url, weight: 1 }], ...more });
    const routes = [
      to('app', '/app', app.url),
      to('cased', '/Api/Flow', app.url),
      to('below', '/Api/Flow/Status/', app.url, {
        placements: [{ name: 'status', url: `${app.url}/status-of`, weight: 1 }],
      }),
      to('bytes', '/ümlaut%20x', app.url),
      to('hosted', '/hosted', app.url, { host: 'Own.example' }),
      to('secure', '/secure', secure.url, { placements: [{ name: 'vm', url: secure.url, weight: 1, verify: false }] }),
      to('stuck', '/stuck', stuck.url),
      to('refused', '/refused', `http://127.0.0.1:${await freePort()}`),
      to('off', '/off', app.url, { placements: [{ name: 'vm', url: app.url, weight: 0 }] }),
    ];
    [running.main, running.trusting, running.short] = await Promise.all([
      startEngine(engine, routes),
      startEngine(engine, routes, { trustedProxies: ['10.0.0.0/8', '127.0.0.0/8', 'fd00::/8'] }),
      startEngine(engine, routes, { timeouts: shortTimeouts }),
    ]);
  });
  afterAll(async () => {
    await app.stop();
    for (const stop of stops) await stop();
    await Promise.all(Object.values(running).map((each) => each.stop()));
  });

  describe('requests', () => requestContract(contract));
  describe('paths', () => pathContract(contract));
  describe('who asked', () => forwardedContract(contract));
  describe('responses', () => responseContract(contract));
  describe('failures', () => failureContract(contract));
  describe('targets', () => targetContract(engine));
}
