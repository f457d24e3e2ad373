import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a folder that nginx can run or check a configuration in. */
export async function makeRunDir(dir: string): Promise<void> {
  await mkdir(join(dir, 'temp'), { recursive: true, mode: 0o700 });
}

/** Checks a configuration with `nginx -t`. @throws {Error} with nginx's own line */
export async function checkConf(nginx: string, dir: string, text: string): Promise<void> {
  const draft = 'nginx.conf.draft';
  await writeFile(join(dir, draft), text, { mode: 0o600 });
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(nginx, ['-t', '-q', '-p', './', '-c', draft], { cwd: dir, env: environment() }, (error, _stdout, stderr) => {
      resolve(error ? stderr.trim() || error.message : undefined);
    });
  });
  if (failure !== undefined) throw new Error(`nginx refuses the configuration: ${reasonIn(failure) ?? failure}`);
}

/** Puts the checked draft in the place of the configuration. */
export const useDraft = (dir: string): Promise<void> => rename(join(dir, 'nginx.conf.draft'), join(dir, 'nginx.conf'));

/** Times in the logs are UTC; nothing of the caller's settings gets into nginx. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', LC_ALL: 'C' };
}

/** The last line with which nginx gave up, without its time and number. */
export function reasonIn(log: string): string | undefined {
  const line = log.split('\n').filter((each) => /\[(emerg|alert)\]/.test(each)).at(-1);
  return line?.replace(/^.*\[(emerg|alert)\]\s*(\d+#\d+:\s*)?/, '').trim();
}
