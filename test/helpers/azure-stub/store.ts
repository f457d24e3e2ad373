/** STUB of ours of the Azure Resource Manager: what is there, by identifier. Never compared with the real cloud. */
export type Json = Record<string, unknown>;

export interface Resource {
  id: string;
  name: string;
  type: string;
  location?: string;
  tags?: Record<string, string>;
  zones?: string[];
  sku?: Json;
  etag: string;
  properties: Json;
}

/** An answer that says no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Resources by identifier, whatever its case. */
export class Store {
  readonly #resources = new Map<string, Resource>();
  #written = 0;

  get(id: string | undefined): Resource | undefined {
    return this.#resources.get((id ?? '').toLowerCase());
  }

  /** @throws Refusal when it is not there. */
  need(id: string): Resource {
    const found = this.get(id);
    if (found) return found;
    throw new Refusal(
      404,
      /\/resourceGroups\/[^/]+$/i.test(id) ? 'ResourceGroupNotFound' : 'ResourceNotFound',
      `The Resource '${id}' was not found.`,
    );
  }

  put(resource: Omit<Resource, 'etag'>): Resource {
    const kept = { ...resource, etag: `W/"${(this.#written += 1)}"` };
    this.#resources.set(resource.id.toLowerCase(), kept);
    return kept;
  }

  delete(id: string): void {
    this.#resources.delete(id.toLowerCase());
  }

  /** All of a type, as `Microsoft.Compute/virtualMachines`, below an identifier. */
  list(type: string | undefined, below = ''): Resource[] {
    return [...this.#resources.values()].filter(
      (each) =>
        (type === undefined || each.type.toLowerCase() === type.toLowerCase()) &&
        each.id.toLowerCase().startsWith(`${below.toLowerCase()}/`),
    );
  }

  ids(): string[] {
    return [...this.#resources.values()].map(({ id }) => id).sort();
  }
}

/** What an identifier names. */
export const groupOf = (id: string): string => /^.*\/resourceGroups\/[^/]+/i.exec(id)?.[0] ?? '';
export const idIn = (value: unknown): string | undefined => (value as { id?: string } | undefined)?.id;
