import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { inputReader } from './bindings/inputs.js';
import { outputWriter } from './bindings/outputs.js';
import { storageInputs, storageOutputs, storageServices } from './bindings/storage.js';
import { appEnv } from './config/app-env.js';
import { readHostConfig, type HostConfig } from './config/host-json.js';
import { keySecrets, noKeys, readKeys, type Keys } from './config/keys.js';
import { isTrue, getSetting, type Env } from './config/settings.js';
import { keysWithoutFunction, startNotices } from './config/start-notices.js';
import { ensureStateDir } from './config/state-dir.js';
import { timeZone } from './config/time-zone.js';
import { runAppHooks } from './core/app-hooks.js';
import { StartError } from './core/errors.js';
import { backgroundTriggers } from './functions/background.js';
import { buildFunctionTable, type HostedFunction } from './functions/function-table.js';
import { Invoker } from './functions/invoker.js';
import { createHttpApp, type AppContext } from './http/app.js';
import { directModel } from './http/direct/direct-model.js';
import { streamingOf } from './http/stream/handler.js';
import { pacedModel } from './http/stream/model.js';
import { Router } from './http/router.js';
import { startWatched, type WatchedApp } from './http/watched-start.js';
import { listenAlso, type Listen } from './lifecycle/also-listen.js';
import { Connections } from './lifecycle/connections.js';
import { ShutdownReport } from './lifecycle/shutdown-report.js';
import { HostState } from './lifecycle/state.js';
import { createLog, type Log, type LogSettings } from './log.js';
import { FunctionMetrics } from './metrics/function-metrics.js';
import { HostMetrics } from './metrics/metrics.js';
import { QueueDepth } from './metrics/queue-depth.js';
import { version } from './version.js';
import { watchdogLimit } from './watchdog/limit.js';
import { startWatchdog, type Watchdog } from './watchdog/watchdog.js';

export interface HostOptions {
  /** The app's folder. The process changes into it. */
  root: string;
  /** 0 = a free one */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Where it listens as well. */
  alsoListen?: readonly Listen[];
  /** What counts as the process environment; default process.env. */
  env?: Env;
  /** File of KEY=VALUE lines. */
  envFile?: string;
  /** File with the function keys, or the keys. */
  keys?: string | Keys;
  stateDir?: string;
  /** Do as Azure does also where that surprises (default: what people expect there). */
  strict?: boolean;
  /**
   * End this process with SIGKILL when its event loop is blocked (see watchdog/); for programs that a manager starts
   * anew.
   */
  watchdog?: boolean;
  /** Filled here once the settings are known; given by a caller that writes log lines of its own. */
  logSettings?: LogSettings;
  /** Gets one JSON line per entry; default: standard error. */
  log?: (line: string, urgent: boolean) => void;
  /** The host can no longer go on (a function ran out of time) and wants to be replaced. */
  onFatal?: (reason: string) => void;
}

export interface RunningHost {
  url: string;
  /** Stops accepting, lets requests and messages finish, runs appTerminate hooks. `deadlineMs` default 25000. */
  close(deadlineMs?: number): Promise<void>;
}

/**
 * Runs the app in this process: one per process, as it sets `process.env`, the current folder and `require`.
 * Resolves when it answers. Throws StartError when the app or its configuration cannot be started.
 */
export async function startHost(given: HostOptions): Promise<RunningHost> {
  const options = { ...given, root: resolve(given.root) };
  const logSettings: LogSettings = options.logSettings ?? { logLevel: {}, secrets: {} };
  const log = createLog(options.log ?? ((line) => process.stderr.write(line)), () => logSettings);
  const { env, secrets } = await appEnv(options.root, options.env ?? process.env, options.envFile);
  logSettings.secrets = secrets;
  const config = await readHostConfig(options.root, env);
  logSettings.logLevel = config.logLevel;
  if (config.customHandler)
    throw new StartError('host.json declares a custom handler: this is not a Node.js functions app.');
  const keys = typeof options.keys === 'string' ? await readKeys(options.keys) : (options.keys ?? noKeys);
  logSettings.secrets = { ...secrets, ...keySecrets(keys) };
  for (const notice of await startNotices(options, config)) log({ ...notice, category: 'Host.Startup' });
  const watchdog = options.watchdog
    ? startWatchdog(watchdogLimit(env, options.strict ?? false, config.functionTimeout))
    : undefined;
  const stateDir = ensureStateDir(options.root, options.stateDir);
  const { zone, warning } = timeZone(env);
  if (warning) log({ level: 'warning', category: 'Host.Startup', message: warning });
  enterApp(options.root, { ...env, TZ: zone });

  const app = await startWatched(options.root, log);
  try {
    return await serve({ options, log, env, config, keys, stateDir, app, watchdog });
  } catch (error) {
    app.uninstall();
    throw error;
  }
}

/** The app reads its settings from process.env and its files relative to its root (specification 1.5, 2.2). */
function enterApp(root: string, env: Env): void {
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && process.env[name] !== value) process.env[name] = value;
  process.chdir(root);
}

interface Parts {
  options: HostOptions;
  log: Log;
  env: Env;
  config: HostConfig;
  keys: Keys;
  stateDir: string;
  app: WatchedApp;
  watchdog?: Watchdog;
}

async function serve(parts: Parts): Promise<RunningHost> {
  const { options, log, env, config, keys, app } = parts;
  const { registry, hookData } = app;
  const state = new HostState({
    app: () => env.FANOPS_SERVICE ?? app.name ?? 'functions-app',
    version,
    release: () => env.FANOPS_RELEASE,
  });
  const services = storageServices();
  const metrics = new FunctionMetrics();
  const stopping = new AbortController();
  const invoker = new Invoker({
    registry,
    hookData,
    log,
    metrics,
    timeout: config.functionTimeout,
    readInputs: inputReader(storageInputs(services, env)),
    writeOutputs: outputWriter(storageOutputs(services, config.queues, env)),
    onTimeout: (fn) => options.onFatal?.(`function ${fn.name} ran out of time`),
  });
  state.functions = buildFunctionTable(registry.functions.values(), env, config.functions);
  const streaming = streamingOf(app, env);
  if (streaming) registry.directModel = pacedModel(registry.programmingModel!, streaming.flows);
  else if (!isTrue(getSetting(env, 'FANOPS_LIBRARY_CALLS')))
    registry.directModel = await directModel(registry, state.functions);
  const router = new Router(state.functions, config.routePrefix);
  const triggers = backgroundTriggers({
    functions: state.functions,
    services,
    invoker,
    config,
    env,
    appName: app.name,
    stateDir: parts.stateDir,
    log,
    signal: stopping.signal,
  });
  reportFunctions(state.functions, keys, log);
  metrics.register(state.functions);
  parts.watchdog?.watch({ names: state.functions.map(({ name }) => name), running: metrics.running });
  const hostMetrics = new HostMetrics({
    functions: metrics,
    state,
    stateDir: parts.stateDir,
    process: env.NODE_APP_INSTANCE ?? '0',
    queues: new QueueDepth(() => state.functions, services.queues, env),
    timerLag: (name) => triggers.timerLag(name),
  });
  await hostMetrics.open().catch((error: Error) => {
    log({ level: 'warning', category: 'Host.Startup', message: `Metrics are of this process alone: ${error.message}` });
  });

  const limit = Number(getSetting(env, 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT')) || 104_857_600;
  const context: AppContext = {
    state,
    config,
    env,
    log,
    keys,
    invoker,
    router,
    streaming,
    lightRequests: !streaming && registry.directModel !== undefined,
    bodyRules: { limit, strictChunked: options.strict ?? isTrue(getSetting(env, 'FANOPS_STRICT_CHUNKED')) },
    startByHand: (name, input) => triggers.startByHand(name, input),
    metrics: () => hostMetrics.text(),
    restart: options.onFatal && (() => options.onFatal?.('the administrator asked for a restart')),
  };
  const server = createServer(createHttpApp(context));
  const connections = new Connections(server);
  // From the first address on requests come: in a cluster, those of users whom other workers serve meanwhile.
  state.phase = 'running';
  const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  for (const at of options.alsoListen ?? []) connections.closeWith(await listenAlso(server, at));
  triggers.start();

  let closing: Promise<void> | undefined;
  const close = async (deadlineMs: number): Promise<void> => {
    const end = performance.now() + deadlineMs;
    state.phase = 'stopping';
    stopping.abort();
    const quietMs = Math.min(2000, deadlineMs / 4);
    const report = new ShutdownReport(parts.stateDir, env.FANOPS_RELEASE, deadlineMs, log);
    const draining = connections.drain(quietMs, deadlineMs, (underWay) => report.draining(underWay));
    const [cut] = await Promise.all([draining, withDeadline(triggers.stop(), deadlineMs)]);
    report.ended(cut);
    await withDeadline(
      runAppHooks(registry, 'appTerminate', hookData, options.root),
      Math.max(500, end - performance.now()),
    );
    await hostMetrics.close();
    await parts.watchdog?.stop();
    app.uninstall();
  };
  return { url, close: (deadlineMs = 25_000) => (closing ??= close(deadlineMs)) };
}

function reportFunctions(functions: HostedFunction[], keys: Keys, log: Log): void {
  for (const message of keysWithoutFunction(keys, functions))
    log({ level: 'warning', category: 'Host.Startup', message });
  for (const { name, trigger, triggerBinding, error, disabled } of functions) {
    const category = 'Host.Startup';
    if (error)
      log({ level: 'error', category, function: name, message: `The '${name}' function is in error: ${error}` });
    else
      log({
        level: 'information',
        category,
        function: name,
        message: `Found ${name}: ${trigger}${disabled ? ' (disabled)' : ''}`,
      });
    const needsKey = trigger === 'http' && String(triggerBinding.authLevel).toLowerCase() !== 'anonymous';
    if (needsKey && keys.master.length + keys.host.length + keys.functions.size === 0) {
      const message = `'${name}' needs a key, but no keys were given (--keys): every request gets 401.`;
      log({ level: 'warning', category, function: name, message });
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new StartError(`Cannot listen on ${host}:${port}: ${error.code}.`)),
    );
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/** Resolves with the work or at the deadline; rejects when the work does. */
async function withDeadline(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
