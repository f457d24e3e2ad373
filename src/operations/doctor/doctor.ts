import type { z } from 'zod';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { skipped, type Check } from './check.js';
import { fleetChecks, secretChecks, sourceChecks } from './fleet-file.js';
import { hereChecks } from './here.js';
import { hostChecks } from './hosts.js';
import { cacheCheck, stateCheck } from './state.js';
import { addressChecks, routerChecks } from './traffic.js';
import type { result } from './doctor.schema.js';

export type DoctorResult = z.output<typeof result>;

/** Looks at everything that a run needs, and changes nothing but the state folder. Hosts are looked at side by side. */
export async function doctor(ctx: OperationContext): Promise<DoctorResult> {
  const [here, { checks: file, fleet }] = await Promise.all([hereChecks(ctx), fleetChecks(ctx)]);
  const rest = fleet
    ? await fleetWide(ctx, fleet)
    : [
        await stateCheck(ctx, false),
        { id: 'fleet/rest', title: 'Hosts, services, router', ...skipped('they need the fleet file') },
      ];
  const checks = [...here, ...file, ...rest];
  const sum = { ok: 0, warn: 0, fail: 0, skipped: 0 };
  for (const { state } of checks) sum[state] += 1;
  return { checks, sum };
}

async function fleetWide(ctx: OperationContext, fleet: Fleet): Promise<Check[]> {
  // First alone: it makes the folder that connections keep their host keys in.
  const state = await stateCheck(ctx, true);
  const cache = state.state === 'ok' ? [await cacheCheck(ctx)] : [];
  const router = fleet.config.router?.host;
  const hosts = fleet.hostNames().map(async (host) => {
    const checks = await hostChecks(ctx, fleet, host);
    const reached = checks.every((each) => each.state !== 'fail' || !/\/(provisioned|ssh)$/.test(each.id));
    return host === router ? [...checks, ...(await routerChecks(ctx, fleet, reached))] : checks;
  });
  const parts = await Promise.all([
    secretChecks(ctx, fleet),
    sourceChecks(ctx, fleet),
    ...hosts,
    addressChecks(ctx, fleet),
  ]);
  return [state, ...cache, ...parts.flat()];
}
