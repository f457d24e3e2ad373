import type { Handlers } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { probeStep, sideAnswersStep } from '../router/probe-step.js';
import { settleStep } from '../router/settle.js';
import { recordStep, revertStep, shiftStep } from '../router/shift.js';
import { armStep, disarmStep } from '../router/watchdog.js';
import { hookHandler } from '../hooks/hook-step.js';
import { backgroundStep } from './background.js';
import { drainStep } from './drain.js';
import { parityStep } from './parity.js';

/** Handlers of the steps that move traffic between placements. */
export const migrateHandlers: Handlers<OperationContext> = {
  'side.answers': sideAnswersStep,
  parity: parityStep,
  'watchdog.arm': armStep,
  'watchdog.disarm': disarmStep,
  'router.shift': shiftStep,
  'route.revert': revertStep,
  'route.record': recordStep,
  'route.probe': probeStep,
  'route.settle': settleStep,
  'release.background': backgroundStep,
  drain: drainStep,
  hook: hookHandler,
};
