import { rm } from 'node:fs/promises';
import { Desired } from '../desired.js';
import { templatesDir } from '../layout.js';
import { routeKey, type Route } from '../state.js';
import { runDirOf } from './leftovers.js';
import { render } from './render.js';
import { checkConf, makeRunDir } from './run-dir.js';
import { findNginx, readSystem } from './system.js';
import { readTemplates } from './template.js';

/** Asks nginx whether it would take a route beside those that are there; nothing is changed. @throws {Error} with nginx's own line when not */
export async function checkRoute(dir: string, route: Route): Promise<void> {
  const nginx = await findNginx();
  const { state } = await new Desired(dir).read();
  const others = state.routes.filter((each) => each.service !== route.service);
  const twin = others.find((each) => routeKey(each) === routeKey(route));
  if (twin) throw new Error(`path: ${twin.service} has the same route`);
  const folder = runDirOf(dir, process.pid);
  try {
    await makeRunDir(folder);
    const { text } = render(await readTemplates(templatesDir(dir)), { ...state, routes: [...others, route] }, await readSystem(nginx));
    await checkConf(nginx, folder, text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
