import { UserError } from '../../core/errors.js';

const SIZE = /^(?<cpus>\d+(\.\d+)?)cpu-(?<memory>\d+)(?<unit>[mg])$/;

/**
 * Flags of `docker create` for a size: `1cpu-512m`, `2cpu-1g`. None without a size. @throws UserError for any other
 * text.
 */
export function sizeFlags(size: string | undefined, host: string): string[] {
  if (size === undefined) return [];
  const { cpus, memory, unit } = SIZE.exec(size)?.groups ?? {};
  if (!cpus) {
    throw new UserError(`"${size}" is no size of a docker host.`, {
      where: `hosts.${host}.size`,
      hint: 'Processors and memory: 1cpu-512m, 2cpu-1g.',
    });
  }
  return ['--cpus', cpus, '--memory', `${memory}${unit}`];
}
