/** What a request is made of. */
export interface RequestSource {
  readonly method: string;
  /** Absolute and well-formed, though not yet normalised. */
  readonly url: string;
  readonly headers: Record<string, string>;
}

const utf8 = new TextDecoder();

/**
 * Stands in for the global `Request` inside the library's HttpRequest, which passes everything on to it. Making a real
 * one costs more than
 * all of Express, and most handlers read only the query, the parameters and perhaps the body, once, as text or JSON:
 * that is done here. For
 * anything else, a real Request is made and asked, so that what the app sees is always the platform's own.
 */
export class LightRequest {
  readonly #source: RequestSource;
  readonly #body: Buffer | undefined;
  #native?: Request;
  #read = false;

  constructor(source: RequestSource, body: Buffer | undefined) {
    this.#source = source;
    this.#body = body;
  }

  get method(): string {
    return this.#source.method;
  }

  get url(): string {
    return this.#native ? this.#native.url : new URL(this.#source.url).href;
  }

  get bodyUsed(): boolean {
    return this.#native ? this.#native.bodyUsed : this.#read && this.#body !== undefined;
  }

  /** Rejects, as a Request does, when the body was read before. */
  async text(): Promise<string> {
    return this.#readAlready() ? this.native().text() : utf8.decode(this.#take());
  }

  async json(): Promise<unknown> {
    return this.#readAlready() ? this.native().json() : JSON.parse(utf8.decode(this.#take()));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#readAlready() ? this.native().arrayBuffer() : new Uint8Array(this.#take()).buffer;
  }

  /** The platform's own Request of the same content; once made it answers for everything. */
  native(): Request {
    if (this.#native) return this.#native;
    const { url, method, headers } = this.#source;
    const native = new Request(url, { method, headers, body: this.#body as Uint8Array<ArrayBuffer> | undefined });
    if (this.#read) native.text().catch(() => undefined); // marks the body as read; its content is not wanted
    this.#native = native;
    return native;
  }

  #readAlready(): boolean {
    return this.#native !== undefined || (this.#read && this.#body !== undefined);
  }

  #take(): Buffer {
    this.#read = true;
    return this.#body ?? empty;
  }
}

const empty = Buffer.alloc(0);

const properties = [
  'headers',
  'body',
  'signal',
  'cache',
  'credentials',
  'destination',
  'duplex',
  'integrity',
  'isHistoryNavigation',
  'isReloadNavigation',
  'keepalive',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
] as const;
const methods = ['blob', 'formData', 'bytes', 'clone'] as const;

for (const name of properties) {
  Object.defineProperty(LightRequest.prototype, name, {
    get(this: LightRequest) {
      return (this.native() as unknown as Record<string, unknown>)[name];
    },
  });
}
for (const name of methods) {
  Object.defineProperty(LightRequest.prototype, name, {
    value(this: LightRequest) {
      return (this.native()[name] as () => unknown)();
    },
  });
}
