import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import semver from 'semver';
import type { OperationContext } from '../../kit/context.js';
import { check, fail, ok, warn, type Check, type Finding } from './check.js';

const exec = promisify(execFile);
const NODE_RANGE = '>=22.18';

/** What a program says of its version, undefined when it is not on the PATH. Some say it on stderr. */
async function versionOf(command: string, args: string[], signal: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await exec(command, args, { timeout: 20_000, killSignal: 'SIGKILL', signal });
    return (stdout || stderr).trim().split('\n')[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const node = (): Finding =>
  semver.satisfies(process.version, NODE_RANGE)
    ? ok(process.version)
    : fail(
        `${process.version}; it must be ${NODE_RANGE}`,
        'Install Node 22.18 or newer: https://nodejs.org/en/download',
      );

async function npm(signal: AbortSignal): Promise<Finding> {
  const version = await versionOf('npm', ['--version'], signal);
  return version ? ok(version) : fail('it is not on the PATH', 'Put npm on the PATH; it comes with Node.');
}

async function ssh(signal: AbortSignal): Promise<Finding> {
  const version = await versionOf('ssh', ['-V'], signal);
  return version
    ? ok(version)
    : warn('it is not on the PATH; fanops works without it', 'apt-get install openssh-client');
}

/** This machine: the programs that fanops runs here. */
export const hereChecks = ({ signal }: OperationContext): Promise<Check[]> =>
  Promise.all([
    check('here/node', 'Node of this process', signal, node),
    check('here/npm', 'npm', signal, () => npm(signal)),
    check('here/ssh', 'SSH client', signal, () => ssh(signal)),
  ]);
