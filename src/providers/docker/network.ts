import { notOurs } from '../contracts/not-ours.js';
import type { Ownership } from '../contracts/ownership.js';
import { ownerOf, TAGS, tagsOf } from '../contracts/ownership.js';
import type { SharedThing } from '../contracts/shared.js';
import { failed, type Engine } from './engine.js';
import { DOCKER, networkName } from './names.js';

/**
 * The network that the hosts of a fleet share; made with the first of them. @throws ProviderError when one of that name
 * is somebody else's
 */
export async function ensureNetwork(engine: Engine, owner: Ownership): Promise<void> {
  const name = networkName(owner.fleet);
  const { code, stdout } = await engine.run(['network', 'inspect', name]);
  const [present] = code === 0 ? (JSON.parse(stdout) as { Labels: Record<string, string> | null }[]) : [];
  if (present && present.Labels?.[TAGS.fleet] !== owner.fleet)
    throw notOurs(DOCKER, 'network', name, { fleet: owner.fleet, host: '-' });
  if (present) return;
  const labels = Object.entries(tagsOf(owner))
    .filter(([key]) => key !== TAGS.host)
    .flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  await engine.must(['network', 'create', ...labels, networkName(owner.fleet)]);
}

const idsOf = async (engine: Engine, fleet: string): Promise<string[]> =>
  (await engine.must(['network', 'ls', '--quiet', '--filter', `label=${TAGS.fleet}=${fleet}`]))
    .split('\n')
    .filter(Boolean);

/** Networks of a fleet, with the run that made them. */
export async function networksOf(engine: Engine, fleet: string): Promise<SharedThing[]> {
  const ids = await idsOf(engine, fleet);
  if (ids.length === 0) return [];
  const found = JSON.parse(await engine.must(['network', 'inspect', ...ids])) as {
    Name: string;
    Labels: Record<string, string>;
  }[];
  return found.flatMap(({ Name, Labels }) => {
    const owner = ownerOf({ ...Labels, [TAGS.host]: '-' });
    return owner ? [{ name: `network ${Name}`, owner }] : [];
  });
}

/** Removes it. One that is not there, or that a container of somebody else uses, is left as it is. */
export async function removeNetwork(engine: Engine, fleet: string): Promise<void> {
  for (const id of await idsOf(engine, fleet)) {
    const { code, stderr } = await engine.run(['network', 'rm', id]);
    if (code !== 0 && !/active endpoints/i.test(stderr)) throw failed(['network', 'rm'], stderr);
  }
}
