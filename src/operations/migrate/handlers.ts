import type { Handlers } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import { recordStep, revertStep, shiftStep } from '../router/shift.js';
import { armStep, disarmStep } from '../router/watchdog.js';
import { hookHandler } from '../hooks/hook-step.js';
import { backgroundStep } from './background.js';
import { drainStep } from './drain.js';
import { answersStep, parityStep } from './parity.js';

/** Handlers of the steps that move traffic between placements. */
export const migrateHandlers: Handlers<OperationContext> = {
  'side.answers': answersStep,
  parity: parityStep,
  'watchdog.arm': armStep,
  'watchdog.disarm': disarmStep,
  'router.shift': shiftStep,
  'route.revert': revertStep,
  'route.record': recordStep,
  'release.background': backgroundStep,
  drain: drainStep,
  hook: hookHandler,
};
