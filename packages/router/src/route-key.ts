/** What stands for a segment that names one thing of many. */
const any = '*';
const maxSegments = 8;

const isName = (segment: string): boolean =>
  !(
    /\d{3,}/.test(segment) ||
    /^\d+$/.test(segment) ||
    /^[0-9a-f-]{16,}$/i.test(segment) ||
    segment.length > 40 ||
    segment.includes('%') ||
    segment.includes('@')
  );

/**
 * Method and path of a request without what is of one request only, so that requests to one function count together.
 */
export function routeKey(method: string, path: string): string {
  const segments = path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (isName(segment) ? segment : any));
  const shown = segments.length > maxSegments ? [...segments.slice(0, maxSegments), any] : segments;
  return `${method} /${shown.join('/')}`;
}
