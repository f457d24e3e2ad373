import type { Server } from 'node:http';
import type { Log } from '../log.js';
import { startApp, type StartedApp } from '../start-app.js';
import { watchLibraryLoading } from './direct/library-loading.js';
import { watchListening } from './stream/listeners.js';

export interface WatchedApp extends StartedApp {
  /** The server that the library opened for streaming, where it could be found. */
  streamServer?: Server;
}

/** Starts the app and sees how its library loads and where it listens. Throws what startApp throws. */
export async function startWatched(root: string, log: Log): Promise<WatchedApp> {
  const endLoading = watchLibraryLoading();
  const listening = watchListening();
  try {
    const app = await startApp(root, log);
    return { ...app, streamServer: app.httpUri === undefined ? undefined : listening.serverAt(app.httpUri) };
  } finally {
    listening.end();
    endLoading();
  }
}
