import { getSetting, type Env } from './settings.js';

/**
 * The zone that schedules run in: `TZ`, else `WEBSITE_TIME_ZONE` where it is an IANA name (specification 4).
 * A Windows name cannot be used: that is returned as a warning.
 */
export function timeZone(env: Env): { zone?: string; warning?: string } {
  const wanted = getSetting(env, 'WEBSITE_TIME_ZONE');
  if (env.TZ || !wanted) return { zone: env.TZ };
  try {
    new Intl.DateTimeFormat('en', { timeZone: wanted });
    return { zone: wanted };
  } catch {
    const wayOut = 'Set TZ, such as Europe/Berlin.';
    return { warning: `WEBSITE_TIME_ZONE "${wanted}" is no IANA zone name: timers run in the system's zone. ${wayOut}` };
  }
}
