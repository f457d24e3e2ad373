import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { globSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { programMissing } from './missing.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'templates/sh');

/** Scripts that run on hosts, by what they are called; without those that are only included. */
export const HOST_SCRIPTS = globSync('**/*.sh', { cwd: FOLDER })
  .filter((file) => !file.startsWith('lib/'))
  .map((file) => file.replace(/\.sh$/, ''))
  .sort();

/** Names that break what is not quoted. */
export const HOSTILE = ['a b', "it's", '-rf', 'two\nlines', '"$HOME" `id`', '*', '\\'];

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Given {
  input?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** A POSIX shell that runs scripts from their files; what they start as `sh` is the same shell. */
export class HostShell {
  readonly #argv: readonly string[];
  readonly #path: string;

  private constructor(
    readonly name: string,
    program: string,
    bin: string,
  ) {
    mkdirSync(bin, { recursive: true });
    // busybox is the program that it is called by.
    symlinkSync(program, join(bin, 'sh'));
    this.#argv = [join(bin, 'sh')];
    this.#path = [bin, process.env.PATH].join(delimiter);
  }

  /** Those of this machine, of dash and busybox. @param dir a folder for links to them */
  static all(dir: string): HostShell[] {
    return ['dash', 'busybox'].flatMap((name) => {
      if (programMissing(name, 'scripts for hosts')) return [];
      const program = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
      return [new HostShell(name, program, join(dir, name))];
    });
  }

  /** Runs `templates/sh/NAME.sh` to its end. */
  run(name: string, args: readonly string[], { input = '', cwd, env = {} }: Given = {}): Ended {
    const { status, stdout, stderr } = spawnSync(this.#argv[0] ?? '', [join(FOLDER, `${name}.sh`), ...args], {
      input,
      cwd,
      env: { ...process.env, LC_ALL: 'C', ...env, PATH: [env.PATH, this.#path].filter(Boolean).join(delimiter) },
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }

  /** Starts it, in a process group of its own. @param env when given, what it prints can be read */
  start(name: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess {
    return spawn(this.#argv[0] ?? '', [join(FOLDER, `${name}.sh`), ...args], {
      stdio: ['ignore', env ? 'pipe' : 'ignore', 'ignore'],
      detached: true,
      env: { ...process.env, LC_ALL: 'C', ...env, PATH: [env?.PATH, this.#path].filter(Boolean).join(delimiter) },
    });
  }

  /** Whether it can read a text. */
  parses(text: string): boolean {
    return spawnSync(this.#argv[0] ?? '', ['-n'], { input: text }).status === 0;
  }
}
