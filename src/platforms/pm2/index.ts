import type { OperationContext } from '../../kit/context.js';
import type { PlacementSection } from '../contracts/module.js';
import type { Platform } from '../contracts/platform.js';
import { backgroundSwitch } from './background.js';
import type { Pm2Placement } from './config.js';
import { logSource } from './logs.js';
import { releases } from './releases.js';

const pm2: Platform<OperationContext, Pm2Placement & PlacementSection> = {
  releases,
  background: backgroundSwitch,
  logs: logSource,
};

export const code = pm2 as Platform<OperationContext>;
