import { rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { processStart } from '../runs/operator.js';

/** How many copies of one app are kept: the newest by use. */
const KEPT = 3;

/** A copy that was not used for so long goes, in milliseconds. */
const OLDEST_MS = 30 * 24 * 3_600_000;

/** A copy under way is given up by then, whatever has the number of its process now. */
const DRAFT_MS = 3_600_000;

/**
 * `SERVICE-HASH[-built]`; with `.PID` while it is made, `.PID-START.use` while it is used, `.gone` while it is removed.
 */
const NAME = new RegExp(
  [
    /^(?<copy>(?<service>.+)-[0-9a-f]{16}(?:-built)?)/,
    /(?:\.(?<draft>\d+)|\.(?<pid>\d+)-(?<start>[^.]*)\.use|\.(?<gone>gone))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** Where the copies of apps of a state folder are. */
export const appCacheDir = (stateDir: string): string => join(stateDir, 'cache', 'apps');

async function startOf(pid: number): Promise<string> {
  return ((await processStart(pid)) ?? '').replaceAll(/[^A-Za-z0-9]/g, '_');
}

const markOf = async (dir: string): Promise<string> => `${dir}.${process.pid}-${await startOf(process.pid)}.use`;

/** Says that this process uses a copy, so that no other removes it. What cannot be written is not needed. */
export async function useCopy(dir: string): Promise<void> {
  const now = new Date();
  await writeFile(await markOf(dir), '').catch(() => undefined);
  await utimes(dir, now, now).catch(() => undefined);
}

/** Ends the use of a copy by this process. */
export async function endUse(dir: string): Promise<void> {
  await rm(await markOf(dir), { force: true }).catch(() => undefined);
}

/** The copies that a running process uses, and the marks that ended ones left. */
async function uses(cacheDir: string): Promise<{ used: Set<string>; ended: string[] }> {
  const used = new Set<string>();
  const ended: string[] = [];
  for (const name of await readdir(cacheDir).catch(() => [])) {
    const { copy = '', pid, start } = NAME.exec(name)?.groups ?? {};
    if (pid === undefined) continue;
    if ((await startOf(Number(pid))) === start) used.add(copy);
    else ended.push(join(cacheDir, name));
  }
  return { used, ended };
}

/** What a cache keeps for nobody: copies beyond the three newest of an app, unused for 30 days, or unfinished. */
export async function unusedCopies(cacheDir: string, now = Date.now()): Promise<string[]> {
  const { used } = await uses(cacheDir);
  const unused: string[] = [];
  const copies = new Map<string, { name: string; at: number }[]>();
  for (const name of await readdir(cacheDir).catch(() => [])) {
    const { copy, service = '', draft, pid, gone } = NAME.exec(name)?.groups ?? {};
    const at = (await lstat(join(cacheDir, name)).catch(() => undefined))?.mtimeMs;
    if (copy === undefined || at === undefined || pid !== undefined) continue;
    if (gone !== undefined) unused.push(name);
    else if (draft === undefined) copies.set(service, [...(copies.get(service) ?? []), { name, at }]);
    else if (now - at > DRAFT_MS || (await processStart(Number(draft))) === undefined) unused.push(name);
  }
  for (const of of copies.values()) {
    const byUse = of.sort((a, b) => b.at - a.at || a.name.localeCompare(b.name));
    const old = byUse.filter(({ name, at }, place) => !used.has(name) && (place >= KEPT || now - at > OLDEST_MS));
    unused.push(...old.map(({ name }) => name));
  }
  return unused.map((name) => join(cacheDir, name));
}

/**
 * Removes what the cache keeps for nobody. This process is taken to have ended its work with its copies.
 * @returns how many copies went
 */
export async function pruneCopies(cacheDir: string, now = Date.now()): Promise<number> {
  const own = `.${process.pid}-${await startOf(process.pid)}.use`;
  const names = await readdir(cacheDir).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(own))) await rm(join(cacheDir, name), { force: true });
  for (const mark of (await uses(cacheDir)).ended) await rm(mark, { force: true });
  let removed = 0;
  for (const path of await unusedCopies(cacheDir, now)) if (await remove(cacheDir, path)) removed += 1;
  return removed;
}

async function remove(cacheDir: string, path: string): Promise<boolean> {
  const aside = path.endsWith('.gone') ? path : `${path}.gone`;
  if (aside !== path) {
    await rm(aside, { recursive: true, force: true });
    const moved = await rename(path, aside).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false; // Another command prunes as well.
        throw error;
      },
    );
    if (!moved) return false;
    // Whoever came to use it meanwhile has said so before it looked.
    if ((await uses(cacheDir)).used.has(basename(path))) {
      await rename(aside, path);
      return false;
    }
  }
  await rm(aside, { recursive: true, force: true });
  return true;
}

const temporary = new Map<string, string>();

/** A folder for a copy that has no place in the cache; it goes with this process. */
export async function temporaryCopy(dir: string): Promise<string> {
  const known = temporary.get(dir);
  if (known) return known;
  const made = await mkdtemp(join(tmpdir(), 'fanops-app-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  const inside = join(made, basename(dir));
  await mkdir(dirname(inside), { recursive: true });
  temporary.set(dir, inside);
  return inside;
}
