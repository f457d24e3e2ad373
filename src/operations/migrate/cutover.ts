import type { Guard, Step } from '../../core/plan.js';
import type { Fleet } from '../../fleet/fleet.js';
import { withHooks } from '../hooks/hook-step.js';
import { gateLimits } from '../router/gate.js';
import { downIn, type Route } from '../../kit/route.js';
import type { MigrateOptions } from './options.js';
import { parityStep } from './parity.js';
import { probeStep } from '../router/probe-step.js';
import { armStep } from '../router/watchdog.js';
import { recordStep } from '../router/shift.js';
import { disarmStep } from '../router/watchdog.js';
import { shiftStep } from '../router/shift.js';
import { backgroundStep, leavingOut } from './background.js';
import { revertStep } from '../router/revert.js';

/** What hooks are told of a migration. */
export type HookFacts = Record<string, string>;

/**
 * The steps that move traffic: compare both sides, shift it share by share under a watchdog, write down where the
 * service is now.
 */
export function cutoverSteps(
  fleet: Fleet,
  route: Route,
  to: string,
  options: MigrateOptions,
  { facts, prune }: { facts: HookFacts; prune: readonly Step[] },
): Step[] {
  const { service } = options;
  const from = route.placement;
  const host = fleet.router().host;
  const parity: Step = parityStep.step('parity', 'Compare both sides', { service, from, to });
  const probe: Step = probeStep.step('probe', `Ask ${to} from ${host}`, { service, host, placement: to }, { host });
  const cutover: Step[] = [
    armStep.step('watchdog', 'Put a watchdog on guard', { service, host, route: route, until: 'commit' }, { host }),
    ...shifts(fleet, route, to, options),
    ...backgroundSteps(fleet, route, to, options.without),
    recordStep.step(
      'record',
      `Write down that ${service} is on ${to}`,
      { service, host, placement: to, previous: from },
      { host },
    ),
    disarmStep.step('commit', 'Take the watchdog off', { service, host }, { host }),
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
  return steps.map((percent) =>
    shiftStep.step(
      `cutover/${percent}`,
      `Send ${percent} % to ${to}`,
      { service, host, from: route.placement, to, percent, holdMs, gate },
      { host },
    ),
  );
}

/** Off on the old side before on on the new one, so that no timer runs twice where fanops runs both. */
function backgroundSteps(fleet: Fleet, route: Route, to: string, without: readonly string[] = []): Step[] {
  const { service, placement: from } = route;
  const { host } = fleet.router();
  const switches = (placement: string): boolean => fleet.can(service, placement, 'background');
  const step = (placement: string, on: boolean): Step =>
    backgroundStep.step(
      `background/${on ? 'on' : 'off'}`,
      `Switch background triggers ${on ? 'on' : 'off'} at ${placement}`,
      {
        service,
        host,
        placement,
        on,
        ...leavingOut(on ? without : downIn(route, from)),
        ...(on ? {} : { undoable: true }),
      },
    );
  return [...(switches(from) ? [step(from, false)] : []), ...(switches(to) ? [step(to, true)] : [])];
}

/** From the first share on, a failure sends all traffic back at once, and the background work with it. */
export function guardsOf(
  fleet: Fleet,
  route: Route,
  to: string,
  { host, without }: { host: string; without: readonly string[] },
): Guard[] {
  const { service, placement: from } = route;
  const guards: Guard[] = [
    {
      from: 'watchdog',
      until: 'commit',
      action: revertStep.inverse(`Send all traffic back to ${from}`, { service, host, route: route }),
    },
  ];
  const switchBack = (placement: string, on: boolean, from: string): void => {
    guards.push({
      from,
      until: 'commit',
      action: backgroundStep.inverse(`Switch background triggers ${on ? 'on' : 'off'} at ${placement}`, {
        service,
        host,
        placement,
        on,
        ...leavingOut(placement === to ? without : downIn(route, placement)),
      }),
    });
  };
  if (fleet.can(service, to, 'background')) switchBack(to, false, 'background/on');
  if (fleet.can(service, from, 'background')) switchBack(from, true, 'background/off');
  return guards;
}
