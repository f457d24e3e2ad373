import type { OperationContext } from '../../kit/context.js';
import { notOurs } from '../../kit/not-ours.js';
import { askDocker, changeDocker, containers } from './engine.js';
import { filterArgs, isOwn, LABEL, labelArgs, namesOf, ownLabels, type ServiceAt } from './names.js';
import type { ProcessIo } from './spec.js';

/** What a service has beside containers and images. */
type Kind = 'network' | 'volume';

const FREE_IT = 'Remove or rename it.';

/** Makes the network of a service where there is none. @throws PreconditionError (code NOT_OURS) */
export const ensureNetwork = (io: ProcessIo, at: ServiceAt): Promise<void> => ensure(io, at, 'network');

/** Makes the volume of a service's state where there is none. @throws PreconditionError (code NOT_OURS) */
export const ensureVolume = (io: ProcessIo, at: ServiceAt): Promise<void> => ensure(io, at, 'volume');

async function ensure(io: ProcessIo, at: ServiceAt, kind: Kind): Promise<void> {
  const fleet = await io.ctx.fleet();
  const name = namesOf(fleet, at)[kind];
  const labels = ownLabels(fleet, at);
  const filters = [kind, 'ls', '--filter', `name=^${name}$`, '--format', '{{.Name}}'];
  const found = await askDocker(io.ctx, at.host, filters, `The ${kind}s could not be listed`);
  if (found.trim() === '') {
    const args = [kind, 'create', ...labelArgs({ ...labels, [LABEL.run]: io.runId }), name];
    await changeDocker(io, at.host, args, `The ${kind} ${name} could not be made`);
    return;
  }
  const look = [kind, 'inspect', '--format', '{{json .Labels}}', name];
  const printed = await askDocker(io.ctx, at.host, look, `The ${kind} could not be looked at`);
  const has = (JSON.parse(printed) ?? {}) as Record<string, string>;
  if (isOwn(has, labels) || (kind === 'volume' && (await isUnlabelled(io.ctx, at, name, has)))) return;
  throw notOurs(at.host, `the ${kind} ${name} is not one of this fleet's ${at.service} there`, FREE_IT);
}

/**
 * Whether a volume is one that an earlier version let Docker make, which has no labels: only containers of the service
 * have it.
 */
export async function isUnlabelled(
  ctx: OperationContext,
  at: ServiceAt,
  name: string,
  has: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (Object.keys(has).length > 0) return false;
  const labels = ownLabels(await ctx.fleet(), at);
  const using = await containers(ctx, at.host, ['--filter', `volume=${name}`]);
  return using.length > 0 && using.every((each) => isOwn(each.labels, labels));
}

/** Removes the network of a service where it is there and fanops made it. */
export async function removeNetwork(io: ProcessIo, at: ServiceAt): Promise<void> {
  const fleet = await io.ctx.fleet();
  const name = namesOf(fleet, at).network;
  const look = ['network', 'ls', '--quiet', '--filter', `name=^${name}$`, ...filterArgs(ownLabels(fleet, at))];
  if ((await askDocker(io.ctx, at.host, look, 'The networks could not be listed')).trim() === '') return;
  await changeDocker(io, at.host, ['network', 'rm', name], `The network ${name} could not be removed`);
}
