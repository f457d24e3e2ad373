import type { OutputKind } from '../bindings/outputs.js';
import type { Env } from '../config/settings.js';
import { storageConnection } from '../config/storage-connection.js';
import type { TypedData } from '../core/contract.js';
import { blobPath } from './path.js';
import type { BlobService } from './service.js';

/** Writes one blob over whatever is there, and makes its container when it is missing (specification 6). */
export function blobOutput(service: BlobService, env: Env): OutputKind {
  return async (binding, data, bindingData) => {
    const content = blobContent(data);
    if (content === undefined) return;
    const { container, name } = blobPath(binding.path, bindingData);
    const client = await service.container(storageConnection(binding.connection, env), container);
    const blob = client.getBlockBlobClient(name);
    try {
      await blob.uploadData(content);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ContainerNotFound') throw error;
      await client.createIfNotExists();
      await blob.uploadData(content);
    }
    service.wrote(client.url);
  };
}

/**
 * Undefined for null. Numbers and booleans are stored as the raw bytes of .NET's int, double and bool (specification
 * 6).
 */
function blobContent(data: TypedData): Buffer | undefined {
  if (data.bytes) return Buffer.from(data.bytes);
  if (data.int !== undefined) return numberBytes(4, (view) => view.setInt32(0, data.int! | 0, true));
  if (data.double !== undefined) return numberBytes(8, (view) => view.setFloat64(0, data.double!, true));
  const text = data.string ?? data.json;
  if (text === undefined || (data.string === undefined && text === 'null')) return undefined;
  if (data.string === undefined && (text === 'true' || text === 'false')) return Buffer.from([text === 'true' ? 1 : 0]);
  return Buffer.from(text, 'utf8');
}

function numberBytes(size: number, write: (view: DataView) => void): Buffer {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return Buffer.from(bytes);
}
