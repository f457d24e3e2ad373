import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Desired } from '../desired.js';
import type { ForeignName } from '../layout.js';
import { routeKey, type Route } from '../state.js';
import { alwaysUp } from '../targets/target-health.js';
import { foreignEngine } from './engines.js';
import { runDirOf } from './leftovers.js';

/**
 * Asks an engine whether it would take a route beside those that are there; nothing is changed. @throws {Error} with
 * the engine's own line when not
 */
export async function checkRoute(dir: string, name: ForeignName, route: Route): Promise<void> {
  const engine = await foreignEngine(dir, name);
  const { state } = await new Desired(dir).read();
  const others = state.routes.filter((each) => each.service !== route.service);
  const twin = others.find((each) => routeKey(each) === routeKey(route));
  if (twin) throw new Error(`path: ${twin.service} has the same route`);
  const folder = runDirOf(dir, name, process.pid);
  const before = process.cwd();
  try {
    await mkdir(join(folder, 'temp'), { recursive: true, mode: 0o700 });
    process.chdir(folder);
    const routes = [...others, route];
    for (const each of routes) await engine.setWeights(each, alwaysUp);
    await engine.check((await engine.render({ ...state, routes })).text);
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true, force: true });
  }
}
