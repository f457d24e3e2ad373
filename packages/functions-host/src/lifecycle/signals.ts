/** Calls `stop` once, for SIGINT, SIGTERM, or the message that PM2 sends with `shutdown_with_message`. */
export function onStopRequest(stop: (reason: string) => void): void {
  let asked = false;
  const once = (reason: string): void => {
    if (asked) return;
    asked = true;
    stop(reason);
  };
  process.on('SIGINT', () => once('SIGINT'));
  process.on('SIGTERM', () => once('SIGTERM'));
  process.on('message', (message) => {
    if (message === 'shutdown') once('shutdown message');
  });
}
