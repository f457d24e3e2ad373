import { getSetting, type Env } from './settings.js';

/**
 * The zone that schedules and the app run in: `TZ`, else `WEBSITE_TIME_ZONE` where it is an IANA name, else UTC as on
 * Azure,
 * whatever the machine has (specification 4). A Windows name cannot be used: that is returned as a warning.
 */
export function timeZone(env: Env): { zone: string; warning?: string } {
  const wanted = getSetting(env, 'WEBSITE_TIME_ZONE');
  if (env.TZ) return { zone: env.TZ };
  if (!wanted) return { zone: 'UTC' };
  try {
    new Intl.DateTimeFormat('en', { timeZone: wanted });
    return { zone: wanted };
  } catch {
    const wayOut = 'Set TZ, such as Europe/Berlin.';
    return { zone: 'UTC', warning: `WEBSITE_TIME_ZONE "${wanted}" is no IANA zone name: timers run in UTC. ${wayOut}` };
  }
}
