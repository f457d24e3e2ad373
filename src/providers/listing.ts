import { messageOf } from '../core/errors.js';
import { ProviderError } from './contracts/errors.js';
import type { Listing } from './contracts/provider-io.js';

/**
 * What each of some places (regions, zones) lists. A place that fails is named.
 * @throws what the places failed with, when all did or the login is missing
 */
export async function listPlaces<T>(
  places: readonly string[],
  look: (place: string) => Promise<T[]>,
): Promise<Listing<T>> {
  const looked = await Promise.allSettled(places.map(look));
  const refused = looked.flatMap((result, index) =>
    result.status === 'rejected' ? [{ where: places[index] ?? '', error: result.reason as unknown }] : [],
  );
  const login = refused.find(({ error }) => error instanceof ProviderError && error.code === 'NOT_LOGGED_IN');
  if (login) throw login.error;
  if (refused[0] && refused.length === places.length) throw refused[0].error;
  return {
    items: looked.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
    failed: refused.map(({ where, error }) => ({ where, message: messageOf(error) })),
  };
}
