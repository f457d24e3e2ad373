import { PreconditionError } from '../../core/errors.js';
import type { Step } from '../../core/plan.js';
import { serviceLock } from '../../remote/layout.js';
import { requireAgreement } from '../drift/require.js';
import { withHooks } from '../hooks/hook-step.js';
import type { Operation } from '../operation.js';
import { releaseHandlers } from '../release/steps.js';
import { requireRoute, toJson } from '../router/route.js';
import { migrateHandlers } from './handlers.js';

export interface RollbackResult {
  run: string;
  service: string;
  from: string;
  to: string;
  ms: number;
}

/** Takes a migrated service back to the placement it came from: traffic first, the rest after. */
export const migrateRollback: Operation<{ service: string }, RollbackResult> = {
  name: 'migrate-rollback',
  handlers: { ...releaseHandlers, ...migrateHandlers },

  async plan(ctx, { service }) {
    const fleet = await ctx.fleet();
    fleet.service(service);
    const route = await requireRoute(ctx, service);
    const { placement: from } = route;
    const split = route.placements.some((each) => each.name !== from && each.weight > 0);
    const to = split ? from : route.previous;
    if (!to) {
      throw new PreconditionError(`There is nothing to take back: ${service} is on ${from}, and no migration is open.`, {
        nextSteps: [`fanops migrate status ${service}`],
      });
    }
    await requireAgreement(ctx, service, { receiving: [to] });
    const leaving = split ? route.placements.find((each) => each.name !== to)?.name ?? from : from;
    const host = fleet.router().host;
    const left = fleet.placement(service, leaving);
    const back = fleet.placement(service, to);
    const steps: Step[] = [
      { id: 'route', kind: 'route.record', title: `Send all traffic to ${to}`, host, input: { service, host, placement: to, previous: leaving, undo: toJson(route) } },
      ...(left.platform === 'pm2' ? [
        { id: 'drain', kind: 'drain', title: `Let ${leaving} finish`, input: { placement: leaving, ms: fleet.timing.drainMs } },
        { id: 'stop', kind: 'release.stop', title: `Stop ${service} on ${leaving}`, host: left.host, input: { service, host: left.host, placement: leaving } },
      ] : []),
      ...(back.platform === 'pm2' ? [{
        id: 'background/on', kind: 'release.background', title: `Switch background triggers on at ${to}`, host: back.host,
        input: { service, host, placement: to, on: true, undoable: true },
      }] : []),
    ];
    const hosts = new Set([host, ...[left, back].flatMap((each) => (each.platform === 'pm2' ? [each.host] : []))]);
    return {
      operation: 'migrate-rollback', subject: service, title: `Roll back ${service}: ${leaving} -> ${to}`, steps: withHooks(fleet, 'rollback', { service, from: leaving, to }, steps), guards: [],
      locks: [...hosts].map((each) => ({ host: each, name: serviceLock(service) })),
      fingerprint: fleet.hash,
      facts: { service, from: leaving, to, fleetHash: fleet.hash, route: toJson(route) },
    };
  },

  async result(_ctx, { run }) {
    const { service, from, to } = run.plan.facts;
    return { run: run.id, service: String(service), from: String(from), to: String(to), ms: Date.parse(run.endedAt ?? '') - Date.parse(run.createdAt) };
  },
};
