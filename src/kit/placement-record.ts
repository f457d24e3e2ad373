import { decode, MalformedError, placementRecord, type PlacementRecord } from '#protocol';
import { placementRecordFile } from '../remote/layout.js';
import type { OperationContext } from './context.js';
import { notOurs, SERVICE_HINT } from './not-ours.js';
import { isNotReached } from './not-there.js';
import { requireRoute } from './route.js';

export type { PlacementRecord };

/** Where a service is, and where it came from. */
export interface PresentPlacement {
  placement: string;
  /** Where a rollback goes. */
  previous?: string;
  /** Run that placed it there, and when; absent where no run did. */
  run?: string;
  at?: string;
}

/** The record on one host; undefined when there is none. @throws PreconditionError (code NOT_OURS) for another file */
export async function placementRecordOn(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<PlacementRecord | undefined> {
  const content = await (await ctx.hosts.transport(host)).getFile(placementRecordFile(service));
  if (!content) return undefined;
  try {
    return decode(placementRecord, content.toString('utf8'));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw notOurs(
      host,
      `${placementRecordFile(service)} is not what fanops writes there (${error.message})`,
      SERVICE_HINT,
    );
  }
}

/** What the hosts of all placements of a service say. */
export interface PlacementRecords {
  /** The newest record; undefined where no run placed the service yet. */
  record?: PlacementRecord;
  /** Hosts that answered. */
  hosts: string[];
}

/**
 * Asks the hosts of all placements of a service that no route leads to. Those that do not answer are left out.
 * @throws what asking the last of them raised when none answers
 */
export async function readPlacementRecord(ctx: OperationContext, service: string): Promise<PlacementRecords> {
  const fleet = await ctx.fleet();
  const { placements } = fleet.service(service);
  const all = [...new Set(Object.keys(placements).flatMap((name) => fleet.hostsOf(service, name)))];
  const asked = await Promise.allSettled(
    all.map(async (host) => [host, await placementRecordOn(ctx, host, service)] as const),
  );
  const silent: unknown[] = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const telling = silent.find((reason) => !isNotReached(reason));
  if (telling !== undefined) throw telling;
  if (all.length > 0 && silent.length === all.length) throw silent[0];
  const found = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const records = found.flatMap(([, record]) => record ?? []);
  const record = records.reduce<PlacementRecord | undefined>(
    (newest, each) => (newest && newest.version >= each.version ? newest : each),
    undefined,
  );
  return { ...(record && { record }), hosts: found.map(([host]) => host) };
}

/**
 * Where a service is: by its route, or by the record on its hosts where no route leads to it.
 * @throws PreconditionError (code NO_ROUTE) when it has a route in the fleet file and the router knows none
 */
export async function presentPlacement(ctx: OperationContext, service: string): Promise<PresentPlacement> {
  const fleet = await ctx.fleet();
  if (fleet.service(service).route) return requireRoute(ctx, service);
  const { record } = await readPlacementRecord(ctx, service);
  return record ?? { placement: fleet.initialPlacement(service) };
}
