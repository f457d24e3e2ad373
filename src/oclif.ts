/**
 * All of oclif that fanops uses. The build puts this module and what it imports into one file
 * (scripts/bundle-libraries.mjs): finding and compiling its
 * 130 modules took a sixth of the time of a short command.
 */
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export { CLIError } from '@oclif/core/errors';
export { execute } from '@oclif/core/execute';
export { Help } from '@oclif/core/help';
export * as Flags from '@oclif/core/flags';
export type { Hook } from '@oclif/core/hooks';
