import { createHash } from 'node:crypto';

/** A name within the limit of a cloud; a longer one ends with a part of its hash, so that two names stay two. */
export const shortName = (full: string, limit: number): string =>
  full.length <= limit
    ? full
    : `${full.slice(0, limit - 9)}-${createHash('sha256').update(full).digest('hex').slice(0, 8)}`;
