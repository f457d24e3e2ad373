import { PreconditionError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { PlacementSection } from '../contracts/module.js';
import { platform, type DockerPlacement } from './config.js';

const isDocker = (placement: PlacementSection): placement is DockerPlacement => placement.platform === platform.name;

/**
 * The placement that a step was planned for. @throws PreconditionError (code DRIFT) when the fleet file has another
 * platform there since
 */
export function dockerPlacement(fleet: Fleet, service: string, name: string): DockerPlacement {
  const placement = fleet.placement(service, name);
  if (isDocker(placement)) return placement;
  throw new PreconditionError(`${name} of ${service} is on platform ${placement.platform} in the fleet file now.`, {
    code: 'DRIFT',
    where: `services.${service}.placements.${name}.platform`,
    hint: `The run was planned for platform ${platform.name}: put that back, or undo the run.`,
  });
}
