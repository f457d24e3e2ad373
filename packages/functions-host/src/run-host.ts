import type { CliOptions } from './cli-args.js';
import { wholeNumber } from './cli-args.js';
import { captureConsole } from './core/console-capture.js';
import { StartError, toError } from './core/errors.js';
import { onStopRequest } from './lifecycle/signals.js';
import { createLog, type LogSettings } from './log.js';
import { openLog } from './log-rotation.js';
import { lineWriter } from './log-writer.js';
import { startHost, type RunningHost } from './server.js';

/**
 * A process that is to be replaced takes no requests until it has ended: what else it answers gets this long at most,
 * ms.
 */
const REPLACE_MS = 25_000;

/** Runs the host until it is told to stop. Ends the process: 0 after a stop, 1 when it cannot start or go on. */
export async function runHost(options: CliOptions): Promise<void> {
  const logSettings: LogSettings = { logLevel: {}, secrets: {} };
  const deadline = wholeNumber('FANOPS_SHUTDOWN_MS', process.env.FANOPS_SHUTDOWN_MS ?? '25000', 0, 3_600_000);
  const { stdout, stderr } = captureConsole((level, message) =>
    log({ level, category: 'Host.Function.Console', message }),
  );
  const write = lineWriter(openLog({ ...process.env }, stderr).write);
  const log = createLog(write, () => logSettings);
  let host: RunningHost | undefined;
  const stop = async (code: number, within = deadline): Promise<void> => {
    const hard = setTimeout(() => process.exit(code), within + 1000);
    hard.unref();
    try {
      await host?.close(within);
    } catch (thrown) {
      log({ level: 'error', category: 'Host.Shutdown', message: toError(thrown).stack ?? 'unknown' });
    }
    process.exit(code);
  };
  onStopRequest((reason) => {
    log({ level: 'information', category: 'Host.Shutdown', message: `Stopping: ${reason}.` });
    void stop(0);
  });
  process.on('uncaughtException', (error) => {
    log({ level: 'critical', category: 'Host.General', message: `Uncaught exception: ${toError(error).stack ?? ''}` });
    process.exit(1);
  });
  try {
    host = await startHost({
      root: options.root,
      port: options.port,
      host: options.host,
      alsoListen: options.alsoListen,
      envFile: options.envFile,
      keys: options.keys,
      stateDir: options.state,
      logSettings,
      log: write,
      strict: options.strict,
      watchdog: true,
      onFatal: (reason) => {
        log({ level: 'critical', category: 'Host.General', message: `This process is to be replaced: ${reason}.` });
        void stop(1, Math.min(deadline, REPLACE_MS));
      },
    });
  } catch (thrown) {
    const error = toError(thrown);
    const message = error instanceof StartError ? error.message : (error.stack ?? error.message);
    log({ level: 'critical', category: 'Host.Startup', message });
    process.exit(1);
  }
  stdout(`ready ${host.url}\n`);
  process.send?.('ready');
}
