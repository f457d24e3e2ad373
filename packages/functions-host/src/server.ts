import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { outputWriter } from './bindings/outputs.js';
import { appEnv } from './config/app-env.js';
import { readHostConfig, type HostConfig } from './config/host-json.js';
import { noKeys, readKeys, type Keys } from './config/keys.js';
import { isTrue, getSetting, type Env } from './config/settings.js';
import { ensureStateDir } from './config/state-dir.js';
import { timeZone } from './config/time-zone.js';
import { runAppHooks } from './core/app-hooks.js';
import { StartError } from './core/errors.js';
import { buildFunctionTable, type HostedFunction } from './functions/function-table.js';
import { Invoker } from './functions/invoker.js';
import { Triggers } from './functions/triggers.js';
import { createHttpApp, type AppContext } from './http/app.js';
import { Router } from './http/router.js';
import { Connections } from './lifecycle/connections.js';
import { HostState } from './lifecycle/state.js';
import { createLog, type Log, type LogSettings } from './log.js';
import { queueOutput } from './queues/queue-output.js';
import { QueueService } from './queues/service.js';
import { startApp, type StartedApp } from './start-app.js';
import { Leader } from './timers/leader.js';
import { version } from './version.js';

export interface HostOptions {
  /** The app's folder, absolute. The process changes into it. */
  root: string;
  /** 0 = a free one */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** What counts as the process environment; default process.env. */
  env?: Env;
  /** File of KEY=VALUE lines. */
  envFile?: string;
  /** File with the function keys, or the keys. */
  keys?: string | Keys;
  stateDir?: string;
  /** Filled here once the settings are known; given by a caller that writes log lines of its own. */
  logSettings?: LogSettings;
  /** Gets one JSON line per entry; default: standard error. */
  log?: (line: string) => void;
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
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const logSettings: LogSettings = options.logSettings ?? { logLevel: {}, secrets: {} };
  const log = createLog(options.log ?? ((line) => process.stderr.write(line)), () => logSettings);
  const { env, secrets } = await appEnv(options.root, options.env ?? process.env, options.envFile);
  logSettings.secrets = secrets;
  const config = await readHostConfig(options.root, env);
  logSettings.logLevel = config.logLevel;
  if (config.customHandler) throw new StartError('host.json declares a custom handler: this is not a Node.js functions app.');
  const keys = typeof options.keys === 'string' ? await readKeys(options.keys) : (options.keys ?? noKeys);
  const stateDir = ensureStateDir(options.root, options.stateDir);
  const { zone, warning } = timeZone(env);
  if (warning) log({ level: 'warning', category: 'Host.Startup', message: warning });
  enterApp(options.root, zone ? { ...env, TZ: zone } : env);

  const app = await startApp(options.root, log);
  try {
    return await serve({ options, log, env, config, keys, stateDir, app });
  } catch (error) {
    app.uninstall();
    throw error;
  }
}

/** The app reads its settings from process.env and its files relative to its root (specification 1.5, 2.2). */
function enterApp(root: string, env: Env): void {
  for (const [name, value] of Object.entries(env)) if (value !== undefined && process.env[name] !== value) process.env[name] = value;
  process.chdir(root);
}

interface Parts {
  options: HostOptions;
  log: Log;
  env: Env;
  config: HostConfig;
  keys: Keys;
  stateDir: string;
  app: StartedApp;
}

async function serve(parts: Parts): Promise<RunningHost> {
  const { options, log, env, config, keys, app } = parts;
  const { registry, hookData } = app;
  const state = new HostState({
    app: () => env.FANOPS_SERVICE ?? app.name ?? 'functions-app', version, release: () => env.FANOPS_RELEASE,
  });
  const queues = new QueueService();
  const stopping = new AbortController();
  const invoker = new Invoker({
    registry, hookData, log, timeout: config.functionTimeout,
    writeOutputs: outputWriter({ queue: queueOutput(queues, config.queues, env) }),
    onTimeout: (fn) => options.onFatal?.(`function ${fn.name} ran out of time`),
  });
  state.functions = buildFunctionTable(registry.functions.values(), env, config.functions);
  const router = new Router(state.functions, config.routePrefix);
  const triggers = new Triggers(state.functions, {
    timers: { invoker, log, stateDir: parts.stateDir, leader: new Leader(parts.stateDir, (error) => logHost(log, error)) },
    queues: { service: queues, invoker, options: config.queues, env, log, signal: stopping.signal },
  });
  reportFunctions(state.functions, keys, log);

  const limit = Number(getSetting(env, 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT')) || 104_857_600;
  const context: AppContext = {
    state, config, env, log, keys, invoker, router, httpUri: app.httpUri,
    bodyRules: { limit, strictChunked: isTrue(getSetting(env, 'FANOPS_STRICT_CHUNKED')) },
    startByHand: (name, input) => triggers.startByHand(name, input),
  };
  const server = createServer(createHttpApp(context));
  const connections = new Connections(server);
  await triggers.start();
  const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  state.phase = 'running';

  let closing: Promise<void> | undefined;
  const close = async (deadlineMs: number): Promise<void> => {
    const end = performance.now() + deadlineMs;
    state.phase = 'stopping';
    stopping.abort();
    const quietMs = Math.min(2000, deadlineMs / 4);
    const work = Promise.all([connections.drain(quietMs, deadlineMs), withDeadline(triggers.stop(), deadlineMs)]);
    const [left] = await work;
    if (left > 0) log({ level: 'warning', category: 'Host.Shutdown', message: `${left} connections were cut at the deadline.` });
    await withDeadline(runAppHooks(registry, 'appTerminate', hookData, options.root), Math.max(500, end - performance.now()));
    app.uninstall();
  };
  return { url, close: (deadlineMs = 25_000) => (closing ??= close(deadlineMs)) };
}

function logHost(log: Log, error: Error): void {
  log({ level: 'error', category: 'Host.General', message: error.message });
}

function reportFunctions(functions: HostedFunction[], keys: Keys, log: Log): void {
  for (const { name, trigger, triggerBinding, error, disabled } of functions) {
    const category = 'Host.Startup';
    if (error) log({ level: 'error', category, function: name, message: `The '${name}' function is in error: ${error}` });
    else log({ level: 'information', category, function: name, message: `Found ${name}: ${trigger}${disabled ? ' (disabled)' : ''}` });
    const needsKey = trigger === 'http' && triggerBinding.authLevel !== 'anonymous';
    if (needsKey && keys.master.length + keys.host.length + keys.functions.size === 0) {
      const message = `'${name}' needs a key, but no keys were given (--keys): every request gets 401.`;
      log({ level: 'warning', category, function: name, message });
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(`Cannot listen on ${host}:${port}: ${error.code}.`)));
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
