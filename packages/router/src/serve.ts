import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessLog } from './access-log.js';
import type { DrainOptions, ListenAddress } from './listener.js';
import { writeJson } from './json-file.js';
import { Router } from './router.js';
import { parseState } from './state.js';
import { watchFile } from './watch-file.js';

/** What `applied.json` says: the state that the router runs by, and why a newer one was refused. */
export interface AppliedState {
  version: number;
  fence: number;
  pid: number;
  /** Time of this writing, ISO 8601. */
  at: string;
  listen: ListenAddress;
  error?: string;
}

const stopping: DrainOptions = { idleMs: 1_000, deadlineMs: 25_000, upgrades: true };

/**
 * Runs the router of a directory: follows its `state.json`, says in `applied.json` what is in force, writes `access.log`.
 * @returns the address, and the way to stop it
 * @throws {Error} when there is no valid state, the port is taken, or the log can't be written
 */
export async function serve(dir: string): Promise<{ listen: ListenAddress; stop: () => Promise<void> }> {
  const stateFile = join(dir, 'state.json');
  let text: string | undefined = await firstState(stateFile);
  const log = await AccessLog.open(dir);
  const router = await Router.start(parseState(text), (entry) => log.write(entry));

  const confirm = async (error?: string): Promise<void> => {
    const { version, fence } = router.state;
    const applied: AppliedState = {
      version, fence, pid: process.pid, at: new Date().toISOString(), listen: router.listen, ...(error !== undefined && { error }),
    };
    await writeJson(join(dir, 'applied.json'), applied);
  };
  await confirm();

  const take = async (next: string | undefined): Promise<void> => {
    if (next === text) return;
    let refused: string | undefined;
    try {
      if (next === undefined) throw new Error('state.json is gone');
      await router.apply(parseState(next));
    } catch (error) {
      refused = (error as Error).message;
      console.error(`state refused: ${refused}`);
    }
    await confirm(refused);
    text = next;
  };
  const unwatch = watchFile(stateFile, take, (error) => console.error(`watching ${stateFile}: ${error.message}`));

  return {
    listen: router.listen,
    stop: async () => {
      await unwatch();
      await router.stop(stopping);
      await log.close();
    },
  };
}

async function firstState(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    parseState(text);
    return text;
  } catch (error) {
    throw new Error(`no state to start with, ${file}: ${(error as Error).message}`, { cause: error });
  }
}
