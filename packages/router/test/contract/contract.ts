import type { EngineName } from '../../src/state.js';
import type { RawApp } from './app.js';
import type { StartedEngine } from './engine.js';

/** What the blocks of the contract have at hand. */
export interface Contract {
  engine: EngineName;
  /** With default settings. */
  main(): StartedEngine;
  /** With 127.0.0.0/8 as trusted proxies. */
  trusting(): StartedEngine;
  /** With the time limits of `shortTimeouts`. */
  short(): StartedEngine;
  app(): RawApp;
}

export const shortTimeouts = {
  headerMs: 1_000,
  bodyMs: 1_200,
  connectMs: 1_000,
  responseMs: 1_500,
  keepAliveMs: 1_000,
};
