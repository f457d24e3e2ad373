import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Asker } from '../core/asker.js';
import { CancelledError, PreconditionError } from '../core/errors.js';
import type { Fleet } from '../fleet/fleet.js';
import type { TrustPart } from '../fleet/trust-parts.js';
import { readPrivateJson, writePrivateJson } from './private-json.js';
import { xdgDir } from './user-config.js';

/** What the user would trust, and whether that was said before. */
export interface TrustView {
  file: string;
  /** SHA-256 of the parts, for `--trust` and FANOPS_TRUST. */
  hash: string;
  parts: TrustPart[];
  trusted: boolean;
}

/** The record of one fleet, outside of its folder. */
interface TrustRecord {
  file: string;
  /** Contents that were trusted, the newest last. */
  hashes: string[];
}

export interface TrustOptions {
  fleet(): Promise<Fleet>;
  env: NodeJS.ProcessEnv;
  /** Hashes, and absolute folders below which all is trusted, separated by commas. */
  given?: string;
  asker?: Asker;
}

/** As many contents stay trusted: branches of a repository come and go. */
const KEPT = 50;

/** Whether the user trusts what a fleet runs and sends. Asked once for a folder and a content, as direnv does. */
export class Trust {
  readonly #options: TrustOptions;
  #granted?: Promise<void>;

  constructor(options: TrustOptions) {
    this.#options = options;
  }

  /**
   * @throws PreconditionError (code UNTRUSTED, exit 5) without the user's trust; in a terminal the user is asked first.
   */
  require(): Promise<void> {
    return (this.#granted ??= this.#require().catch((error: unknown) => {
      this.#granted = undefined;
      throw error;
    }));
  }

  async view(): Promise<TrustView> {
    const fleet = await this.#options.fleet();
    const { trustHash, trustParts } = await import('../fleet/trust-parts.js');
    const parts = trustParts(fleet);
    const hash = trustHash(fleet, parts);
    const { hashes = [] } = (await readPrivateJson<TrustRecord>(this.#recordOf(fleet))) ?? {};
    return { file: fleet.file, hash, parts, trusted: hashes.includes(hash) || this.#isGiven(fleet, hash) };
  }

  /** Records that the user trusts the fleet as it is now. */
  async accept(): Promise<TrustView> {
    const fleet = await this.#options.fleet();
    const view = await this.view();
    const { hashes = [] } = (await readPrivateJson<TrustRecord>(this.#recordOf(fleet))) ?? {};
    await writePrivateJson(this.#recordOf(fleet), {
      file: real(fleet.file),
      hashes: [...hashes.filter((each) => each !== view.hash), view.hash].slice(-KEPT),
    });
    return { ...view, trusted: true };
  }

  /** Forgets all that was trusted of the fleet. */
  async revoke(): Promise<TrustView> {
    await rm(this.#recordOf(await this.#options.fleet()), { force: true });
    return this.view();
  }

  async #require(): Promise<void> {
    const view = await this.view();
    if (view.trusted) return;
    const { asker } = this.#options;
    if (!asker) throw untrusted(view);
    if (
      !(await asker.confirm(
        `${view.file} is not trusted yet. This command may run the code of its apps ` +
          `and\n${listOf(view.parts)}\nTrust it?`,
      ))
    ) {
      throw new CancelledError('Nothing was run: the fleet is not trusted.', { nextSteps: ['fanops trust'] });
    }
    await this.accept();
  }

  #isGiven({ dir }: Fleet, hash: string): boolean {
    return (this.#options.given ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean)
      .some((each) => (isAbsolute(each) ? !relative(real(each), real(dir)).startsWith('..') : each === hash));
  }

  #recordOf({ file }: Fleet): string {
    return join(
      xdgDir(this.#options.env, 'XDG_STATE_HOME', '.local/state'),
      'trust',
      `${createHash('sha256').update(real(file)).digest('hex')}.json`,
    );
  }
}

const listOf = (parts: readonly TrustPart[]): string =>
  parts.map(({ path, does }) => `  ${path}: ${does}`).join('\n') || '  nothing else.';

function untrusted({ file, hash, parts }: TrustView): PreconditionError {
  return new PreconditionError(
    `${file} is not trusted: it may have come with a clone, and this command would run or send what it names.`,
    {
      code: 'UNTRUSTED',
      where: file,
      data: { hash, parts },
      nextSteps: ['fanops trust'],
      hint: `It may run the code of its apps and\n${listOf(parts)}\nIn CI: --trust ${hash}, or FANOPS_TRUST=${hash}.`,
    },
  );
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there
  }
}
