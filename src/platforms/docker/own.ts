import { runScript } from '../../core/host-script.js';
import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { requireFreePublished } from '../../kit/free-port.js';
import { notOurs } from '../../kit/not-ours.js';
import { ask } from '../../kit/on-host.js';
import { requireOwnServiceFolder } from '../../kit/own.js';
import { platform } from './config.js';
import { containers, type Container } from './engine.js';
import {
  imageRepository,
  isOwn,
  LABEL,
  namesOf,
  ownLabels,
  proxyRepository,
  type Names,
  type ServiceAt,
} from './names.js';
import { isUnlabelled } from './resources.js';

const HINT =
  'fanops knows its own by labels and leaves everything else alone. Rename or remove what is there, or give the ' +
  'service another name.';

/**
 * Looks, before anything is changed, that the folder of a service, its containers, network, volume and images, and the
 * ports that are published for it are free or are fanops' own.
 * @param ports that are to be published
 * @throws PreconditionError (code NOT_OURS) that says what belongs to somebody else, (code PORT) for a port of a
 * program that is no container
 */
export async function requireOwn(ctx: OperationContext, at: ServiceAt, ports: readonly number[] = []): Promise<void> {
  const { service, host } = at;
  await requireOwnServiceFolder(ctx, host, service, (name) => name === platform.name);
  const fleet = await ctx.fleet();
  const labels = ownLabels(fleet, at);
  const names = namesOf(fleet, at);
  const all = await containers(ctx, host, []);
  const other = all.find((each) => names.isOurs(each.name) && !isOwn(each.labels, labels));
  if (other) throw notOurs(host, `the container ${other.name} is not one of this fleet's ${service} there`, HINT);
  const taken = all.find((each) => publishesOne(each, ports) && !isOwn(each.labels, labels));
  if (taken)
    throw notOurs(host, `the container ${taken.name} has port ${publishesOne(taken, ports)} of ${service}`, HINT);
  await requireOwnOthers(ctx, at, names);
  for (const port of ports)
    if (!all.some((each) => publishesOne(each, [port])))
      await requireFreePublished(ctx, host, { address: await bindAddress(ctx, host), port }, `the port of ${service}`);
}

/** The same of networks, volumes and images. */
async function requireOwnOthers(ctx: OperationContext, at: ServiceAt, { network, volume }: Names): Promise<void> {
  const { service, host } = at;
  const labels = ownLabels(await ctx.fleet(), at);
  const repositories = [imageRepository(service), proxyRepository(service)];
  const script = runScript('docker-own', 'fanops-own', network, volume, ...repositories);
  for (const line of (await ask(ctx, host, script, 'Docker could not be asked')).split('\n').filter(Boolean)) {
    const [kind = '', name = '', ...rest] = line.split(' ');
    const found = (JSON.parse(rest.join(' ')) ?? {}) as Record<string, string>;
    // An image is the same for all hosts that one engine serves.
    const wanted = kind === 'image' ? { ...labels, [LABEL.host]: found[LABEL.host] ?? '' } : labels;
    if (!isOwn(found, wanted) && !(kind === 'volume' && (await isUnlabelled(ctx, at, name, found))))
      throw notOurs(host, `the ${kind} ${name} is not one of this fleet's ${service} there`, HINT);
  }
}

const publishesOne = ({ published }: Container, ports: readonly number[]): number | undefined =>
  ports.find((port) => published.some((at) => at.endsWith(`:${port}`)));
