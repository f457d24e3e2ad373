import { FanopsError, PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { differences, differenceText, type Compared, type Difference } from './differences.js';
import { readRoute, type Route } from '../../kit/route.js';
import { compareService } from './observe.js';

export interface Agreement {
  /** Placements that get traffic, or keep it, under what is planned. */
  receiving: readonly string[];
  /** The one whose process and address the plan itself brings to what the file says. */
  moved?: string;
  /** Hosts of it that the plan goes without. */
  without?: readonly string[];
  /** Hosts of any of them that do not answer, and need not. */
  silent?: readonly string[];
}

/** A difference that must be settled first, and the command that settles it. */
export interface Blocking {
  difference: Difference;
  next: string;
}

/**
 * Which differences nobody may be sent into: those of the whole route, and those in where a placement that gets traffic
 * is reached. Arguments of a
 * release may differ from the file: they are its own, and a rollback brings back older ones.
 */
export function blocking(compared: Compared, { receiving, moved }: Agreement): Blocking[] {
  const {
    desired: {
      route: { service },
    },
    observed,
  } = compared;
  const settle = (placement: string): string =>
    observed.route?.placement === placement
      ? `fanops deploy ${service}`
      : `fanops migrate ${service} --to ${placement}`;
  return differences(compared).flatMap((difference): Blocking[] => {
    const { placement, field, source } = difference;
    if (field === 'route' || source === 'release') return [];
    if (placement === undefined) return [{ difference, next: 'fanops router apply' }];
    if (placement === moved || !receiving.includes(placement)) return [];
    if (field === 'process' || (field === 'placement' && difference.desired === 'missing'))
      return [{ difference, next: `fanops migrate status ${service}` }];
    if (source !== 'route') return [{ difference, next: settle(placement) }];
    if (field === 'hosts') return [{ difference, next: settle(placement) }];
    const processes = observed.processes[placement] ?? [];
    const wanted = compared.desired.processes[placement] ?? [];
    const listens = processes.every(
      ({ host, recorded }) => recorded.port === wanted.find((each) => each.host === host)?.listen.port,
    );
    return [{ difference, next: field !== 'port' || listens ? 'fanops router apply' : settle(placement) }];
  });
}

/**
 * Compares the fleet file with what runs before a plan is made of it. What differs and does not stand in the way is
 * told.
 * @throws PreconditionError (code DRIFT, exit 5) that names each difference and the command that settles it
 */
export async function requireAgreement(
  ctx: OperationContext,
  service: string,
  agreement: Agreement,
): Promise<Compared> {
  const { receiving, moved, without = [], silent = [] } = agreement;
  const compared = await compareService(ctx, service, [...receiving, ...(moved === undefined ? [] : [moved])], {
    silent,
    ...(moved !== undefined && { level: { placement: moved, without } }),
  });
  const found = blocking(compared, agreement);
  if (found.length > 0) throw drifted(service, found);
  const own = differences(compared).filter(
    ({ source, placement }) => source === 'release' && placement !== agreement.moved,
  );
  for (const each of own)
    ctx.io.listener({ type: 'notice', message: `${service}, ${differenceText(each)}. A deploy takes it over.` });
  return compared;
}

/** Placements that users are sent to. */
export const liveOf = (route: Route): string[] =>
  route.placements.filter(({ weight }) => weight > 0).map(({ name }) => name);

/**
 * The comparison with the processes of the placements that users are sent to. A host that does not answer is left out:
 * it is told of elsewhere.
 */
export async function compareLive(
  ctx: OperationContext,
  service: string,
): Promise<{ live: string[]; compared: Compared }> {
  const route = await readRoute(ctx, service);
  const live = route ? liveOf(route) : [];
  try {
    return { live, compared: await compareService(ctx, service, live) };
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    return { live, compared: await compareService(ctx, service) };
  }
}

/** The error of differences that must be settled first. */
export function drifted(service: string, found: readonly Blocking[]): PreconditionError {
  return new PreconditionError(`${service} is not as the fleet file says; nothing was changed.`, {
    code: 'DRIFT',
    hint: found.map(({ difference }) => `- ${differenceText(difference)}`).join('\n'),
    nextSteps: [...new Set(found.map(({ next }) => next))],
    data: { differences: found.map(({ difference }) => difference) },
  });
}
