export interface RequestPath {
  segments: string[];
  /** It is ignored, but a catch-all parameter takes it along. */
  trailingSlash: boolean;
}

const plain = /^[^%]*$/;
const dotted = /(^|\/)\.{1,2}(\/|$)/;

/**
 * The segments of a raw request path, as the platform's server hands them to routing: percent-decoded once, `%2F` kept,
 * dot segments taken out, one trailing slash ignored (specification 3.1).
 */
export function requestPath(raw: string): RequestPath {
  let path = plain.test(raw) ? raw : decodePath(raw);
  if (path.includes('/.') && dotted.test(path)) path = removeDotSegments(path);
  const trailingSlash = path.length > 1 && path.endsWith('/');
  const inner = path.slice(path.startsWith('/') ? 1 : 0, trailingSlash ? -1 : undefined);
  return { segments: inner === '' && !trailingSlash ? [] : inner.split('/'), trailingSlash };
}

/** Decodes every escape that is well-formed UTF-8, but no `%2F`; what cannot be decoded stays as it came. */
function decodePath(raw: string): string {
  return raw.replace(/(?:%(?!2f)[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return decodeValidParts(run); // a run that holds bytes which are no UTF-8
    }
  });
}

function decodeValidParts(run: string): string {
  let decoded = '';
  for (let at = 0; at < run.length;) {
    const length = [3, 6, 9, 12].find((size) => at + size <= run.length && isUtf8(run.slice(at, at + size)));
    decoded += length ? decodeURIComponent(run.slice(at, at + length)) : run.slice(at, at + 3);
    at += length ?? 3;
  }
  return decoded;
}

function isUtf8(escapes: string): boolean {
  try {
    decodeURIComponent(escapes);
    return true;
  } catch {
    return false;
  }
}

/** RFC 3986, 5.2.4, on an absolute path. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (last) kept.push('');
  });
  return `/${kept.join('/')}`;
}
