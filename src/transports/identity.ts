import ssh2 from 'ssh2';
import type { BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import { messageOf } from '../core/errors.js';
import type { KeyFile } from './key-file.js';
import type { KeyStore } from './key-store.js';

/** An agent of one key. ssh2 asks it to sign only after the server has said that it knows the key. */
export abstract class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  /** True once the key was used to sign: the server knows it, and what comes next is not another key. */
  used = false;
  /** Why the key could not be used. */
  failure?: unknown;

  protected abstract publicKey(): Promise<ParsedKey>;
  protected abstract signature(data: Buffer, options: SigningRequestOptions): Promise<Buffer>;

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.#hand(this.publicKey(), (error, key) => callback(error, key && [key]));
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const [given, done] = typeof options === 'function' ? [{}, options] : [options, callback];
    this.used = true;
    this.#hand(this.signature(data, given), (error, signed) => done?.(error, signed));
  }

  #hand<T>(made: Promise<T>, done: (error: Error | undefined, value?: T) => void): void {
    made.then(
      (value) => done(undefined, value),
      (error: unknown) => {
        this.failure = error;
        done(error instanceof Error ? error : new Error(messageOf(error)));
      },
    );
  }
}

/** An encrypted key of a file, unlocked when it is first needed. */
export class LockedKey extends OneKeyAgent {
  readonly #file: KeyFile & { encrypted: Buffer };
  readonly #unlock: () => Promise<ParsedKey>;

  constructor(file: KeyFile & { encrypted: Buffer }, store: KeyStore, waiting: <T>(answer: Promise<T>) => Promise<T>) {
    super();
    this.#file = file;
    this.#unlock = () => waiting(store.unlock(file.path, file.encrypted));
  }

  protected override async publicKey(): Promise<ParsedKey> {
    return this.#file.public ?? (await this.#unlock());
  }

  protected override async signature(data: Buffer, { hash }: SigningRequestOptions): Promise<Buffer> {
    const signed = (await this.#unlock()).sign(data, hash) as Buffer | Error;
    if (signed instanceof Error) throw signed;
    return signed;
  }
}

/** One key of a real agent. */
export class AgentKey extends OneKeyAgent {
  readonly #agent: BaseAgent<ParsedKey>;
  readonly #key: ParsedKey;

  constructor(agent: BaseAgent<ParsedKey>, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  protected override publicKey(): Promise<ParsedKey> {
    return Promise.resolve(this.#key);
  }

  protected override signature(data: Buffer, options: SigningRequestOptions): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#agent.sign(this.#key, data, options, (error, signed) =>
        signed ? resolve(signed) : reject(error ?? new Error('the agent did not sign')),
      );
    });
  }
}
