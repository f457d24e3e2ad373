import type { TableClient } from '@azure/data-tables';

/** Table clients by connection string and name; the SDK is loaded at the first use only. */
export class TableService {
  #clients = new Map<string, Promise<TableClient>>();

  client(connection: string, table: string): Promise<TableClient> {
    const key = `${table} ${connection}`;
    const client = this.#clients.get(key) ?? loadClient(connection, table);
    this.#clients.set(key, client);
    return client;
  }
}

async function loadClient(connection: string, table: string): Promise<TableClient> {
  const { TableClient } = await import('@azure/data-tables');
  // The SDK refuses plain HTTP unless it is told that the account is meant to be reached so.
  const allowInsecureConnection = /(DefaultEndpointsProtocol=http|TableEndpoint=http:\/\/[^;]*)(;|$)/i.test(connection);
  try {
    return TableClient.fromConnectionString(connection, table, { allowInsecureConnection });
  } catch {
    // the SDK's message may quote the connection string
    throw new Error('The storage connection string is not valid.');
  }
}

/** Throws for a name that no table can have. */
export function tableName(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9]{2,62}$/.test(name)) return name;
  throw new Error(`The table name '${name}' is not valid: a letter first, then letters and digits, 3 to 63 in all.`);
}
