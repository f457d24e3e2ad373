/** Colours and marks of the output, by meaning. */
export interface Style {
  /** Whether codes of colours are written. */
  readonly coloured: boolean;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  name(text: string): string;
  command(text: string): string;
}

/**
 * A command to type next with what says which fleet it is for: `fanops status` and `-e prod` give `fanops status -e
 * prod`.
 * Words behind `--` belong to another program; text that is no fanops command stays as it is.
 */
export function commandWith(selection: string, text: string): string {
  if (!selection || !/^fanops( |$)/.test(text)) return text;
  const [own = '', ...foreign] = text.split(' -- ');
  return [own.includes(selection) ? own : `${own} ${selection}`, ...foreign].join(' -- ');
}

/**
 * Colours for a stream: none when it is no terminal, or when NO_COLOR is set to anything (https://no-color.org).
 * `selection`: see `commandWith`.
 */
export async function styleFor(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv,
  selection: () => string = () => '',
): Promise<Style> {
  const off = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb' || (!stream.isTTY && !env.FORCE_COLOR);
  if (off) return plainStyle(selection);
  // Loaded only where there are colours: most output of CI and pipes has none.
  const { Chalk } = await import('chalk');
  const chalk = new Chalk();
  return {
    coloured: true,
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    name: (text) => chalk.cyan(text),
    command: (text) => chalk.bold(commandWith(selection(), text)),
  };
}

/** Text as it is, with commands that name their fleet. */
export function plainStyle(selection: () => string = () => ''): Style {
  const same = (text: string): string => text;
  return {
    coloured: false,
    bold: same,
    dim: same,
    good: same,
    bad: same,
    warn: same,
    name: same,
    command: (text) => commandWith(selection(), text),
  };
}
