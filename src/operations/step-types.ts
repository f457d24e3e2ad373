import { unknownInPlan as unknown } from './unknown-in-plan.js';
import type { AnyStepHandler, AnyStepType } from '../core/step.js';
import type { OperationContext } from '../kit/context.js';
import { platformStepTypes } from '../platforms/index.js';
import { runtimeStepTypes } from '../runtimes/index.js';

type Load = () => Promise<AnyStepType<OperationContext>>;

/**
 * The types of steps of this layer, by the kind that plans, inverses and guards name; each is loaded when a step of it
 * is met. Platforms and runtimes have tables of their own.
 */
export const STEP_TYPES: Readonly<Record<string, Load>> = {
  drain: async () => (await import('./migrate/drain.js')).drainStep,
  hook: async () => (await import('./hooks/hook-step.js')).hookStep,
  'host.bootstrap': async () => (await import('./host/bootstrap.js')).bootstrapStep,
  'host.check': async () => (await import('../kit/host-check.js')).hostCheckStep,
  'host.clear': async () => (await import('./host/sweep.js')).clearStep,
  'host.create': async () => (await import('./host/create.js')).createStep,
  'host.destroy': async () => (await import('./host/destroy.js')).destroyStep,
  'host.firewall': async () => (await import('./host/firewall.js')).firewallStep,
  'host.key': async () => (await import('./host/host-key.js')).hostKeyStep,
  'host.power': async () => (await import('./host/power.js')).powerStep,
  'host.reach': async () => (await import('./host/reach.js')).reachStep,
  'host.ready': async () => (await import('../kit/host-check.js')).hostReadyStep,
  'host.release': async () => (await import('./host/sweep.js')).releaseStep,
  'host.standing': async () => (await import('./host/standing.js')).standingStep,
  'host.unfirewall': async () => (await import('./host/firewall.js')).unfirewallStep,
  'placement.record': async () => (await import('./migrate/record-placement.js')).placementStep,
  'placement.restore': async () => (await import('./migrate/record-placement.js')).restorePlacementStep,
  parity: async () => (await import('./migrate/parity.js')).parityStep,
  'release.background': async () => (await import('./migrate/background.js')).backgroundStep,
  'route.forget': async () => (await import('./migrate/finish.js')).forgetStep,
  'route.probe': async () => (await import('./router/probe-step.js')).probeStep,
  'route.record': async () => (await import('./router/shift.js')).recordStep,
  'route.revert': async () => (await import('./router/revert.js')).revertStep,
  'route.settle': async () => (await import('./router/settle.js')).settleStep,
  'router.configure': async () => (await import('./router/program-steps.js')).configureStep,
  'router.install': async () => (await import('./router/program-install.js')).installStep,
  'router.remove': async () => (await import('./router/program-remove.js')).removeStep,
  'router.reroute': async () => (await import('./router/program-restore.js')).rerouteStep,
  'router.restore': async () => (await import('./router/program-restore.js')).restoreStep,
  'router.route': async () => (await import('./router/program-steps.js')).routeStep,
  'router.shift': async () => (await import('./router/shift.js')).shiftStep,
  'router.start': async () => (await import('./router/program-start.js')).startStep,
  'router.unroute': async () => (await import('./router/program-steps.js')).unrouteStep,
  'router.weight': async () => (await import('./router/weight.js')).weightStep,
  'watchdog.arm': async () => (await import('./router/watchdog.js')).armStep,
  'watchdog.disarm': async () => (await import('./router/watchdog.js')).disarmStep,
};

/** Kinds of steps in plans of earlier versions, and what carries them out now. */
const EARLIER: Readonly<Record<string, Load>> = {
  'side.answers': async () => (await import('./router/probe-step.js')).sideAnswersStep,
};

const own = <T>(table: Readonly<Record<string, T>>, kind: string): T | undefined =>
  Object.hasOwn(table, kind) ? table[kind] : undefined;

/**
 * The handler of a kind of step: of this layer, else of a platform or a runtime.
 * @throws PreconditionError (code UNKNOWN_STEP) when this fanops has none: a newer one made the plan
 */
export async function stepHandler(kind: string): Promise<AnyStepHandler<OperationContext>> {
  const load =
    own(STEP_TYPES, kind) ??
    own(EARLIER, kind) ??
    own(await platformStepTypes(), kind) ??
    own(await runtimeStepTypes(), kind);
  if (!load) throw unknown(`steps of kind "${kind}"`, 'UNKNOWN_STEP');
  return (await load()).handler;
}
