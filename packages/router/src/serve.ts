import { AccessLog } from './access-log.js';
import { Desired, type Wish } from './desired.js';
import { writeJson } from './json-file.js';
import { appliedFile } from './layout.js';
import type { DrainOptions, ListenAddress } from './listener.js';
import { Router } from './router.js';
import { watchFiles } from './watch-files.js';

/** What `applied.json` says: what is in force, and which files can't be followed and why. */
export interface AppliedState {
  pid: number;
  /** Time of this writing, ISO 8601. */
  at: string;
  listen: ListenAddress;
  routes: Record<string, { version: number; fence: number }>;
  /** File name to reason. */
  errors: Record<string, string>;
}

const stopping: DrainOptions = { idleMs: 1_000, deadlineMs: 25_000, upgrades: true };

/**
 * Runs the router of a directory: follows its `router.json` and `routes/*.json`, says in `applied.json` what is in force, writes `access.log`.
 * @returns the address, and the way to stop it
 * @throws {Error} when there are no valid settings, the port is taken, or the log can't be written
 */
export async function serve(dir: string): Promise<{ listen: ListenAddress; stop: () => Promise<void> }> {
  const desired = new Desired(dir);
  const first = await desired.read();
  const log = await AccessLog.open(dir);
  const router = await Router.start(first.state, (entry) => log.write(entry));

  const confirm = async ({ errors }: Pick<Wish, 'errors'>): Promise<void> => {
    const routes = Object.fromEntries(router.state.routes.map(({ service, version, fence }) => [service, { version, fence }]));
    const applied: AppliedState = { pid: process.pid, at: new Date().toISOString(), listen: router.listen, routes, errors };
    for (const [file, reason] of Object.entries(errors)) console.error(`${file} refused: ${reason}`);
    await writeJson(appliedFile(dir), applied);
  };
  await confirm(first);

  const follow = async (): Promise<void> => {
    const wish = await desired.read();
    try {
      await router.apply(wish.state);
    } catch (error) {
      wish.errors['router.json'] = (error as Error).message;
      await router.apply({ ...wish.state, listen: router.state.listen });
    }
    await confirm(wish);
  };
  const unwatch = await watchFiles(dir, follow, (error) => console.error(`watching ${dir}: ${error.message}`));

  return {
    listen: router.listen,
    stop: async () => {
      await unwatch();
      await router.stop(stopping);
      await log.close();
    },
  };
}
