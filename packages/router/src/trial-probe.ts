import { targetsOf, trialQuestion, type Placement, type Probe } from 'fanops-protocol';
import { readJson } from './json-file.js';
import { probeTarget } from './probe.js';

/**
 * Probes a release that is tried on its own host, as the router will probe its placement: by the same request, headers
 * and rule.
 * @param file a `TrialQuestion` as JSON
 * @param url where the trial listens
 * @throws {Error} when the file cannot be read, or its route lacks the placement
 */
export async function probeTrial(file: string, url: string): Promise<Probe> {
  const question = await readJson(file, trialQuestion);
  if (!question) throw new Error(`${file} is not there`);
  const { route, placement, tls } = question;
  const found = route.placements.find(({ name }) => name === placement);
  if (!found) throw new Error(`the route of ${route.service} has no placement ${placement}`);
  const { host, pathname } = new URL(found.url);
  const tried: Placement = { ...found, url: `${url}${pathname}`, targets: undefined };
  const context = { dir: '.', ...(tls && { tls: { redirect: false } }) };
  const [target] = targetsOf(tried);
  if (!target) throw new Error(`placement ${placement} of ${route.service} has no target`);
  return probeTarget({ version: 0, fence: 0, ...route, host: route.host ?? host }, tried, target, context);
}
