import type { Ownership } from '../contracts/ownership.js';
import { TAGS, tagsOf } from '../contracts/ownership.js';
import { failed, type Engine } from './engine.js';
import { networkName } from './names.js';

/** The network that the hosts of a fleet share; made with the first of them. */
export async function ensureNetwork(engine: Engine, owner: Ownership): Promise<void> {
  if ((await engine.run(['network', 'inspect', networkName(owner.fleet)])).code === 0) return;
  const labels = Object.entries(tagsOf(owner)).filter(([key]) => key !== TAGS.host).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  await engine.must(['network', 'create', ...labels, networkName(owner.fleet)]);
}

/** Removes it. One that is not there, or that a container of somebody else uses, is left as it is. */
export async function removeNetwork(engine: Engine, fleet: string): Promise<void> {
  const args = ['network', 'ls', '--quiet', '--filter', `label=${TAGS.fleet}=${fleet}`];
  for (const id of (await engine.must(args)).split('\n').filter(Boolean)) {
    const { code, stderr } = await engine.run(['network', 'rm', id]);
    if (code !== 0 && !/active endpoints/i.test(stderr)) throw failed(['network', 'rm'], stderr);
  }
}
