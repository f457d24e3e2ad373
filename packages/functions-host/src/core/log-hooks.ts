import type { LogCategory, LogLevel } from './contract.js';
import { ReadOnlyError } from './errors.js';
import type { Registry } from './registry.js';

export interface LogLine {
  level: LogLevel;
  category: LogCategory;
  message: string;
}

/** What a log line belongs to; empty for lines outside of an invocation. */
export interface LogScope {
  hookData?: Record<string, unknown>;
  appHookData: Record<string, unknown>;
  invocationContext?: unknown;
}

/**
 * Runs the app's `log` hooks, synchronously. They see every line that the library or the app writes through the core;
 * they may change level
 * and message of the user's lines only (level `none` drops one). A hook that throws does not keep the line from the log
 * (specification
 * 1.1, 1.9).
 */
export function runLogHooks(registry: Registry, line: LogLine, scope: LogScope): LogLine {
  const hooks = registry.hooks('log');
  if (hooks.length === 0) return line;
  const context = new LogHookContext(line, { hookData: {}, ...scope });
  try {
    for (const hook of hooks) hook(context);
  } catch {
    return line; // as on Azure: a hook cannot take lines away by failing
  }
  return line.category === 'user' ? { level: context.level, category: line.category, message: context.message } : line;
}

class LogHookContext {
  level: LogLevel;
  message: string;
  readonly #line: LogLine;
  readonly #scope: LogScope;

  constructor(line: LogLine, scope: LogScope) {
    this.level = line.level;
    this.message = line.message;
    this.#line = line;
    this.#scope = scope;
  }

  get category(): LogCategory {
    return this.#line.category;
  }

  set category(_value: LogCategory) {
    throw new ReadOnlyError('category');
  }

  get hookData(): Record<string, unknown> | undefined {
    return this.#scope.hookData;
  }

  set hookData(_value: Record<string, unknown> | undefined) {
    throw new ReadOnlyError('hookData');
  }

  get appHookData(): Record<string, unknown> {
    return this.#scope.appHookData;
  }

  set appHookData(_value: Record<string, unknown>) {
    throw new ReadOnlyError('appHookData');
  }

  get invocationContext(): unknown {
    return this.#scope.invocationContext;
  }

  set invocationContext(_value: unknown) {
    throw new ReadOnlyError('invocationContext');
  }
}
