import { Chalk, type ChalkInstance } from 'chalk';

/** Colours and marks of the output, by meaning. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  name(text: string): string;
  command(text: string): string;
}

/** Colours for a stream: none when it is no terminal, or when NO_COLOR is set to anything (https://no-color.org). */
export function styleFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const off = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb' || (!stream.isTTY && !env.FORCE_COLOR);
  const chalk: ChalkInstance = off ? new Chalk({ level: 0 }) : new Chalk();
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    name: (text) => chalk.cyan(text),
    command: (text) => chalk.bold(text),
  };
}
