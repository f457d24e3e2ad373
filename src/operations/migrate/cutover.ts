import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { withHooks } from '../hooks/hook-step.js';
import { gateLimits } from '../router/gate.js';
import { toJson, type Route } from '../router/route.js';
import type { MigrateOptions } from './options.js';

/** What hooks are told of a migration. */
export type HookFacts = Record<string, string>;

/** The steps that move traffic: compare both sides, shift it share by share under a watchdog, write down where the service is now. */
export function cutoverSteps(
  fleet: Fleet,
  route: Route,
  to: string,
  options: MigrateOptions,
  facts: HookFacts,
): Step[] {
  const { service } = options;
  const from = route.placement;
  const host = fleet.router().host;
  const target = fleet.placement(service, to);
  const fresh = target.platform === 'pm2' ? target : undefined;
  const parity: Step = { id: 'parity', kind: 'parity', title: 'Compare both sides', input: { service, from, to } };
  const probe: Step = {
    id: 'probe',
    kind: 'route.probe',
    title: `Ask ${to} from ${host}`,
    host,
    input: { service, host, placement: to },
  };
  const prune: Step[] = fresh
    ? [
        {
          id: 'prune',
          kind: 'release.prune',
          title: 'Remove old releases',
          host: fresh.host,
          input: { service, host: fresh.host },
        },
      ]
    : [];
  const cutover: Step[] = [
    {
      id: 'watchdog',
      kind: 'watchdog.arm',
      title: 'Put a watchdog on guard',
      host,
      input: { service, host, route: toJson(route), until: 'commit' },
    },
    ...shifts(fleet, route, to, options),
    ...backgroundSteps(fleet, route, to),
    {
      id: 'record',
      kind: 'route.record',
      title: `Write down that ${service} is on ${to}`,
      host,
      input: { service, host, placement: to, previous: from },
    },
    { id: 'commit', kind: 'watchdog.disarm', title: 'Take the watchdog off', host, input: { service, host } },
  ];
  return [
    ...withHooks(fleet, 'parity', facts, [parity]),
    probe,
    ...withHooks(fleet, 'cutover', facts, cutover),
    ...prune,
  ];
}

function shifts(fleet: Fleet, route: Route, to: string, options: MigrateOptions): Step[] {
  const { service, steps, holdMs = fleet.timing.holdMs } = options;
  const { host } = fleet.router();
  const gate = { ...gateLimits(fleet.service(service).gate) };
  return steps.map((percent) => ({
    id: `cutover/${percent}`,
    kind: 'router.shift',
    title: `Send ${percent} % to ${to}`,
    host,
    input: { service, host, from: route.placement, to, percent, holdMs, gate },
  }));
}

/** Off on the old side before on on the new one, so that no timer runs twice where fanops runs both. */
function backgroundSteps(fleet: Fleet, route: Route, to: string): Step[] {
  const { service, placement: from } = route;
  const { host } = fleet.router();
  const runs = (placement: string): boolean => fleet.placement(service, placement).platform === 'pm2';
  const step = (placement: string, on: boolean): Step => ({
    id: `background/${on ? 'on' : 'off'}`,
    kind: 'release.background',
    title: `Switch background triggers ${on ? 'on' : 'off'} at ${placement}`,
    input: { service, host, placement, on, ...(on ? {} : { undoable: true }) },
  });
  return [...(runs(from) ? [step(from, false)] : []), ...(runs(to) ? [step(to, true)] : [])];
}

/** From the first share on, a failure sends all traffic back at once, and the background work with it. */
export function guardsOf(fleet: Fleet, route: Route, to: string, host: string): Guard[] {
  const { service, placement: from } = route;
  const guards: Guard[] = [
    {
      from: 'watchdog',
      until: 'commit',
      action: {
        kind: 'route.revert',
        title: `Send all traffic back to ${from}`,
        input: { service, host, route: toJson(route) },
      },
    },
  ];
  const switchBack = (placement: string, on: boolean, from: string): void => {
    guards.push({
      from,
      until: 'commit',
      action: {
        kind: 'release.background',
        title: `Switch background triggers ${on ? 'on' : 'off'} at ${placement}`,
        input: { service, host, placement, on },
      },
    });
  };
  if (fleet.placement(service, to).platform === 'pm2') switchBack(to, false, 'background/on');
  if (fleet.placement(service, from).platform === 'pm2') switchBack(from, true, 'background/off');
  return guards;
}
