import { readFile } from 'node:fs/promises';
import { probePlacement, type Probe } from './probe.js';
import type { Route } from './state.js';

/** How a release that is tried is asked, as its file holds it. */
export interface TrialQuestion {
  /** The route of its service, with the placement that it is for. */
  route: Pick<Route, 'service' | 'path' | 'host' | 'health' | 'baselines' | 'placements'>;
  placement: string;
  /** Whether users reach the router by TLS. */
  tls: boolean;
}

/**
 * Probes a release that is tried on its own host, as the router will probe its placement: by the same request, headers and rule.
 * @param file a `TrialQuestion` as JSON
 * @param url where the trial listens
 * @throws {Error} when the file cannot be read, or its route lacks the placement
 */
export async function probeTrial(file: string, url: string): Promise<Probe> {
  const { route, placement, tls } = JSON.parse(await readFile(file, 'utf8')) as TrialQuestion;
  const target = route.placements.find(({ name }) => name === placement);
  if (!target) throw new Error(`the route of ${route.service} has no placement ${placement}`);
  const { host, pathname } = new URL(target.url);
  const tried = { ...target, url: `${url}${pathname}` };
  const context = { dir: '.', ...(tls && { tls: { redirect: false } }) };
  return probePlacement({ version: 0, fence: 0, ...route, host: route.host ?? host }, tried, context);
}
