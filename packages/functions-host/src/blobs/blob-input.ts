import type { InputKind } from '../bindings/inputs.js';
import type { Env } from '../config/settings.js';
import { storageConnection } from '../config/storage-connection.js';
import type { TypedData } from '../core/contract.js';
import { blobPath } from './path.js';
import { isNotFound, type BlobService } from './service.js';

/** The whole content of a blob, undefined where there is none (specification 6). */
export function blobInput(service: BlobService, env: Env): InputKind {
  return async (binding, bindingData) => {
    const { container, name } = blobPath(binding.path, bindingData);
    const client = await service.container(storageConnection(binding.connection, env), container);
    try {
      return blobData(await client.getBlobClient(name).downloadToBuffer(), binding.dataType ?? 'string');
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
}

/** Bytes for `binary` and `stream`, else text, which the library tries to parse as JSON. */
export function blobData(content: Buffer, dataType: string): TypedData {
  return /^(binary|stream)$/i.test(dataType) ? { bytes: content } : { string: withoutMark(content.toString('utf8')) };
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
