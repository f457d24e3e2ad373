import type { HttpData } from '../core/contract.js';
import { netJson } from './net-text.js';
import { rawBytes, type Rendered } from './render.js';

const jsonTypes = ['application/json', 'text/json'];

/**
 * `enableContentNegotiation`: the body by the formatter that suits content type or Accept: text for a string, compact
 * JSON for anything
 * (specification 3.7). Undefined = 406. Bytes, which is what v4 has, go out as they are.
 */
export function negotiate(data: HttpData, type: string | undefined, accept: string | undefined): Rendered | undefined {
  const { body } = data;
  if (body?.bytes) return { content: rawBytes(body), type };
  const isText = body?.string !== undefined;
  const offered = isText ? ['text/plain', ...jsonTypes] : jsonTypes;
  const wanted = type !== undefined ? [mediaType(type)] : acceptedTypes(accept);
  const chosen =
    wanted.length === 0
      ? offered[0]
      : wanted.map((range) => offered.find((candidate) => suits(candidate, range))).find(Boolean);
  if (!chosen) return undefined;
  if (chosen === 'text/plain') return { content: body?.string ?? '', type: 'text/plain; charset=utf-8' };
  const value: unknown =
    body?.string ?? body?.int ?? body?.double ?? (body?.json === undefined ? null : JSON.parse(body.json));
  return { content: netJson(value, 0), type: `${chosen}; charset=utf-8` };
}

const mediaType = (text: string): string => text.split(';', 1)[0]!.trim().toLowerCase();

/** In order of preference; empty = anything, as also where a browser accepts everything besides. */
function acceptedTypes(accept: string | undefined): string[] {
  const ranges = (accept ?? '')
    .split(',')
    .filter((text) => text.trim() !== '')
    .map((text) => ({ range: mediaType(text), q: quality(text) }));
  if (ranges.some(({ range }) => range === '*/*')) return [];
  return ranges
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ range }) => range);
}

function quality(text: string): number {
  const q = Number(/;\s*q\s*=\s*([\d.]+)/i.exec(text)?.[1] ?? 1);
  return Number.isNaN(q) ? 1 : q;
}

function suits(type: string, range: string): boolean {
  return type === range || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));
}
