import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from '../core/write-file.js';
import type { SourceFile } from './layers.js';
import type { FleetFile } from './schema.js';

/**
 * What was found right before is not checked again: the same text under the same rules, for the same fanops, has the
 * same content. Saves every command the time to load
 * a YAML parser and a schema. Kept in `.fanops/cache`, which holds no secret: a fleet file has references only.
 */
export class CheckedFiles {
  readonly #dir: string;
  readonly #files: readonly SourceFile[];
  readonly #version: string;
  readonly #rules: readonly string[];
  #name?: Promise<string>;

  /**
   * @param dir folder of the fleet file
   * @param version that the files were found to ask for; empty: that was not looked at
   * @param rules files that decide what is right, beside those of this folder
   */
  constructor(dir: string, files: readonly SourceFile[], version = '', rules: readonly string[] = []) {
    this.#dir = join(dir, '.fanops', 'cache');
    this.#files = files;
    this.#version = version;
    this.#rules = rules;
  }

  /** The content of the files, when it is known. */
  async recall(): Promise<FleetFile | undefined> {
    try {
      return JSON.parse(await readFile(await this.#path(), 'utf8')) as FleetFile;
    } catch {
      // Not there, not readable or cut off: the files are checked.
      return undefined;
    }
  }

  /** Keeps the content for the next command; one text for each file that is laid over is kept. */
  async remember(config: FleetFile): Promise<void> {
    const path = await this.#path();
    try {
      // Not recursive: where there is no state folder yet, reading a fleet file makes none.
      await mkdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      for (const old of await readdir(this.#dir))
        if (old.startsWith(this.#prefix())) await rm(join(this.#dir, old), { force: true });
      await replaceFile(path, JSON.stringify(config), 0o600);
    } catch {
      // A cache that cannot be written is no cache: the next command checks the files again.
    }
  }

  #prefix(): string {
    return `fleet-${digest(this.#files.map(({ file }) => file)).slice(0, 8)}-`;
  }

  #path(): Promise<string> {
    return (this.#name ??= rules(this.#rules).then((text) => {
      const key = digest([text, this.#version, ...this.#files.map((each) => each.text)]).slice(0, 32);
      return join(this.#dir, `${this.#prefix()}${key}.json`);
    }));
  }
}

/** The text of the modules that decide what is right: those of this folder, and others. */
async function rules(others: readonly string[]): Promise<string> {
  const own = fileURLToPath(import.meta.url);
  const names = (await readdir(dirname(own))).filter((name) => extname(name) === extname(own)).sort();
  const files = [...names.map((name) => join(dirname(own), name)), ...others];
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\0');
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}
