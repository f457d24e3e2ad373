import semver from 'semver';
import { UserError } from '../core/errors.js';
import type { Fleet } from './fleet.js';

/** Refuses a fleet file that asks for another fanops. @throws UserError with both versions. */
export function checkVersion(fleet: Fleet, version: string): void {
  const range = fleet.config.fanops;
  if (!range) return;
  if (!semver.validRange(range))
    throw new UserError(`${fleet.file}: fanops: "${range}" is no version range.`, {
      hint: 'Write for example ">=0.1".',
    });
  if (!semver.satisfies(version, range, { includePrerelease: true })) {
    throw new UserError(`${fleet.file} asks for fanops ${range}; this is ${version}.`, {
      code: 'VERSION',
      hint: `Install one that fits: npm install -g fanops@"${range}"`,
    });
  }
}
