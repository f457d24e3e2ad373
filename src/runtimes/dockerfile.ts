import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The Dockerfile that an app brings. */
export interface OwnDockerfile {
  /** The last port that it exposes, where it names one as a number. */
  port?: number;
}

/** The Dockerfile in a folder of an app, undefined when it has none. @param dir absolute path */
export async function ownDockerfile(dir: string): Promise<OwnDockerfile | undefined> {
  const text = await readFile(join(dir, 'Dockerfile'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const port = [...text.matchAll(/^\s*EXPOSE\s+(\d+)/gim)].at(-1)?.[1];
  return port === undefined ? {} : { port: Number(port) };
}
