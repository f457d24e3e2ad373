import type { HttpCookie } from '../core/contract.js';

/**
 * One Set-Cookie line as ASP.NET writes it: lower-case attribute names in its order, `path=/` when none is given,
 * name and value percent-encoded (specification 3.8).
 */
export function setCookieLine(cookie: HttpCookie): string {
  const parts = [`${escapeDataString(cookie.name)}=${escapeDataString(cookie.value)}`];
  if (cookie.expires) parts.push(`expires=${new Date(Number(cookie.expires.value.seconds) * 1000).toUTCString()}`);
  if (cookie.maxAge) parts.push(`max-age=${Math.trunc(cookie.maxAge.value)}`);
  if (cookie.domain?.value) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value || '/'}`);
  if (cookie.secure?.value) parts.push('secure');
  const sameSite = { lax: 'lax', strict: 'strict', explicitNone: 'none' }[cookie.sameSite ?? ''];
  if (sameSite) parts.push(`samesite=${sameSite}`);
  if (cookie.httpOnly?.value) parts.push('httponly');
  return parts.join('; ');
}

/** .NET's Uri.EscapeDataString: only RFC 3986 unreserved characters stay. */
function escapeDataString(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
