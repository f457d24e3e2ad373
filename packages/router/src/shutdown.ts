const DEFAULT_MS = 25_000;

/**
 * Milliseconds that requests under way get when the router ends and nobody follows: as long as whoever started it waits
 * for its end. The holder
 * hands it on to its engine.
 */
export function shutdownMs({ FANOPS_SHUTDOWN_MS: text }: NodeJS.ProcessEnv = process.env): number {
  const given = Number(text);
  return given > 0 ? given : DEFAULT_MS;
}
