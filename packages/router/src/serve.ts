import { PROTOCOL_VERSION, type AppliedState, type ListenAddress } from 'fanops-protocol';
import { AccessLog } from './access-log.js';
import { startOf } from './alive.js';
import { Desired, type Wish } from './desired.js';
import { writeJson } from './json-file.js';
import { appliedFile } from './layout.js';
import type { DrainOptions } from './listener.js';
import { OneAtATime } from './one-at-a-time.js';
import { OwnSettings } from './own-settings.js';
import { Router } from './router.js';
import { shutdownMs } from './shutdown.js';
import type { RouterState } from './state.js';
import { defaultLimits } from './upstream.js';
import { ejectedOf } from './targets/target-health.js';
import { watchFiles } from './watch-files.js';

const stopping = (): DrainOptions => ({ idleMs: 1_000, deadlineMs: shutdownMs(), upgrades: true });
/** Another engine serves already: idle connections outlast their keep-alive time, so that none is cut. */
const leaving = ({ drainMs = 0 }: RouterState): DrainOptions => ({
  idleMs: 80_000,
  deadlineMs: Math.max(600_000, drainMs),
  upgrades: true,
});

/**
 * Runs the router of a directory: follows its `router.json` and `routes/*.json`, says in `applied.json` what is in
 * force, writes `access.log`.
 * @param fd a socket that listens already
 * @returns the address, and the way to stop it; `slowly` when another engine serves on the same socket already
 * @throws {Error} when there are no valid settings, the port is taken, or the log can't be written
 */
export async function serve(
  dir: string,
  fd?: number,
): Promise<{ listen: ListenAddress; stop: (slowly?: boolean) => Promise<void> }> {
  const desired = new Desired(dir);
  const first = await desired.read();
  const own = new OwnSettings();
  own.of(first, undefined);
  const log = await AccessLog.open(dir);
  const router = await Router.start(first.state, (entry) => log.write(entry), defaultLimits, dir, fd);

  const writes = new OneAtATime();
  let { errors } = first;

  const write = async (): Promise<void> => {
    const routes = Object.fromEntries(
      router.state.routes.map(({ service, version, fence }) => [service, { version, fence }]),
    );
    const { pid } = process;
    const applied: AppliedState = {
      protocol: PROTOCOL_VERSION,
      pid,
      start: startOf(pid),
      at: new Date().toISOString(),
      listen: router.listen,
      routes,
      errors,
      mark: router.state.mark,
      ...ejectedOf(router.ejected),
    };
    await writeJson(dir, appliedFile(dir), applied);
  };
  const confirm = async (wish: Pick<Wish, 'errors'>): Promise<void> => {
    errors = wish.errors;
    for (const [file, reason] of Object.entries(errors)) console.error(`${file} refused: ${reason}`);
    await writes.run(write);
  };
  const failed = (error: Error): void => console.error(`watching ${dir}: ${error.message}`);
  router.onHealthChange = () => void writes.run(write).catch(failed);
  await confirm(first);

  const follow = async (): Promise<void> => {
    const read = await desired.read();
    const { state, idle } = fd === undefined ? { state: read.state, idle: false } : own.of(read, router.state);
    if (idle) return;
    const wish = { ...read, state };
    try {
      await router.apply(wish.state);
    } catch (error) {
      wish.errors['router.json'] = (error as Error).message;
      await router.apply({ ...wish.state, listen: router.state.listen });
    }
    await confirm(wish);
  };
  const unwatch = await watchFiles(dir, follow, failed);

  return {
    listen: router.listen,
    stop: async (slowly = false) => {
      await unwatch();
      router.onHealthChange = () => undefined;
      await router.stop(slowly ? leaving(router.state) : stopping());
      await log.close();
    },
  };
}
