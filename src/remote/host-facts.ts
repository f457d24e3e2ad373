import { runScript } from '../core/host-script.js';

/** A program that is looked for on a host: its command, and the argument at which it prints its version. */
export interface SoughtProgram {
  command: string;
  argument?: string;
}

/** Prints what fanops needs to know of a host, one fact a line. */
export const readHostFacts = (program?: SoughtProgram): string[] =>
  runScript('host-facts', 'fanops-facts', ...(program ? [program.command, program.argument ?? ''] : []));

export interface HostFacts {
  /** Absolute path of the login's home. */
  home: string;
  user: string;
  system: string;
  /** Version without the `v`; empty when there is none. */
  node: string;
  npm: string;
  /** Paths; empty when there is none. */
  pm2: string;
  tar: string;
  /** Path of the program that was looked for, and its version such as `2.6.12`; empty when there is none. */
  program: string;
  programVersion: string;
  freeKb: number;
}

export function parseHostFacts(stdout: string): HostFacts {
  const facts = Object.fromEntries(
    stdout
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
  return {
    home: facts.home ?? '',
    user: facts.user ?? '',
    system: facts.system ?? '',
    node: (facts.node ?? '').replace(/^v/, ''),
    npm: facts.npm ?? '',
    pm2: facts.pm2 ?? '',
    tar: facts.tar ?? '',
    program: facts.program ?? '',
    programVersion: facts.programVersion ?? '',
    freeKb: Number(facts.freeKb ?? 0),
  };
}

const PORT_SCRIPT = `
const net = require('node:net');
const [port, address] = process.argv.slice(1);
const server = net.createServer().once('error', (error) => { console.log(error.code); }).listen(Number(port), address, () => { server.close(); console.log('free'); });
`;

/** Prints \`free\`, or the error code of an attempt to listen (EADDRINUSE, EACCES). */
export const probePort = (port: number, address: string): string[] =>
  runScript('port-look', 'fanops-port', String(port), address, PORT_SCRIPT);

/** The same for a port that an engine publishes, which may listen where the login may not: `free` or `EADDRINUSE`. */
export const lookAtPort = (port: number, address: string): string[] =>
  runScript('port-look', 'fanops-port', String(port), address);

/** Prints the time of the host in whole seconds. */
export const hostTime = (): string[] => ['date', '-u', '+%Y-%m-%dT%H:%M:%SZ'];

/** @throws Error when it is no time */
export function parseHostTime(stdout: string): Date {
  const time = new Date(stdout.trim());
  if (Number.isNaN(time.getTime()))
    throw new Error(`The host told a time that is none: ${JSON.stringify(stdout.slice(0, 100))}`);
  return time;
}
