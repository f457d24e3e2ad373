import type { OperationContext } from '../../kit/context.js';
import { notOurs } from '../../kit/not-ours.js';
import { ask } from '../../kit/on-host.js';
import { requireOwnServiceFolder } from '../../kit/own.js';
import { platform } from './config.js';
import { containers, type Container } from './engine.js';
import { imageRepository, isOurName, LABEL, networkName, ownLabels, proxyRepository, type ServiceAt } from './names.js';

const HINT =
  'fanops knows its own by labels and leaves everything else alone. Rename or remove what is there, or give the ' +
  'service another name.';

/** Prints what has one of our names and is no container: its kind, its name, and its labels. */
const OTHERS = `
docker network inspect --format 'network {{.Name}} {{json .Labels}}' "$1" 2>/dev/null
for image in $(docker image ls --quiet "$2") $(docker image ls --quiet "$3"); do
  docker image inspect --format 'image {{index .RepoTags 0}} {{json .Config.Labels}}' "$image" 2>/dev/null
done
true`;

/**
 * Looks, before anything is changed, that the folder of a service, its containers, network and images, and the ports
 * that are published for it are free or are fanops' own.
 * @param ports that are to be published
 * @throws PreconditionError (code NOT_OURS) that says what belongs to somebody else
 */
export async function requireOwn(ctx: OperationContext, at: ServiceAt, ports: readonly number[] = []): Promise<void> {
  const { service, host } = at;
  await requireOwnServiceFolder(ctx, host, service, (name) => name === platform.name);
  const labels = ownLabels(await ctx.fleet(), at);
  const all = await containers(ctx, host, []);
  const other = all.find((each) => isOurName(service, each.name) && !isOwn(each.labels, labels));
  if (other) throw notOurs(host, `the container ${other.name} is not one of this fleet's ${service} there`, HINT);
  const taken = all.find((each) => publishesOne(each, ports) && !isOwn(each.labels, labels));
  if (taken)
    throw notOurs(host, `the container ${taken.name} has port ${publishesOne(taken, ports)} of ${service}`, HINT);
  const script = [
    'sh',
    '-c',
    OTHERS,
    'fanops-own',
    networkName(service),
    imageRepository(service),
    proxyRepository(service),
  ];
  for (const line of (await ask(ctx, host, script, 'Docker could not be asked')).split('\n').filter(Boolean)) {
    const [kind = '', name = '', ...rest] = line.split(' ');
    const found = (JSON.parse(rest.join(' ')) ?? {}) as Record<string, string>;
    // An image is the same for all hosts that one engine serves.
    const wanted = kind === 'image' ? { ...labels, [LABEL.host]: found[LABEL.host] ?? '' } : labels;
    if (!isOwn(found, wanted))
      throw notOurs(host, `the ${kind} ${name} is not one of this fleet's ${service} there`, HINT);
  }
}

/** Whether labels are those of a service of this fleet on a host. */
export const isOwn = (found: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => found[key] === value);

const publishesOne = ({ published }: Container, ports: readonly number[]): number | undefined =>
  ports.find((port) => published.some((at) => at.endsWith(`:${port}`)));
