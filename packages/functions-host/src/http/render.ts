import type { HttpData, TypedData } from '../core/contract.js';
import { netJson, netNumber } from './net-text.js';

export interface Rendered {
  content: Buffer | string;
  /** The content type to send; undefined = none. */
  type: string | undefined;
}

const textType = 'text/plain; charset=utf-8';

/**
 * Body and content type as Azure's host writes them (specification 3.7): bytes raw, anything else as the text of the
 * .NET value, whose
 * content type gets a charset. In v4 every body is bytes by then.
 */
export function render(data: HttpData, type: string | undefined): Rendered {
  const { body } = data;
  if (data.rendered) return { content: body?.string ?? rawBytes(body), type };
  if (body?.bytes) return { content: rawBytes(body), type };
  return { content: netText(body), type: type === undefined ? textType : withCharset(type) };
}

/** The text of a value that is not bytes: True, 1E+21, JSON by two spaces (specification 3.7). */
function netText(body: TypedData | null | undefined): string {
  if (!body) return '';
  if (body.string !== undefined) return body.string;
  if (body.int !== undefined) return netNumber(body.int);
  if (body.double !== undefined) return netNumber(body.double);
  if (body.json === undefined) return '';
  const value: unknown = JSON.parse(body.json);
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : netJson(value, 2);
}

export function rawBytes(body: TypedData | null | undefined): Buffer {
  const bytes = body?.bytes;
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.alloc(0);
}

function withCharset(type: string): string {
  return /;\s*charset\s*=/i.test(type) ? type : `${type}; charset=utf-8`;
}
