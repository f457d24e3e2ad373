import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '../foreign/group.js';

/** Checks a configuration with `nginx -t`. @throws {Error} with nginx's own line */
export async function checkConf(nginx: string, dir: string, text: string): Promise<void> {
  const draft = 'nginx.conf.draft';
  await writeFile(join(dir, draft), text, { mode: 0o600 });
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(
      nginx,
      ['-t', '-q', '-p', './', '-c', draft],
      { cwd: dir, env: environment() },
      (error, _stdout, stderr) => {
        resolve(error ? stderr.trim() || error.message : undefined);
      },
    );
  });
  if (failure !== undefined) throw new Error(`nginx refuses the configuration: ${reasonIn(failure) ?? failure}`);
}

/** The last line with which nginx gave up, without its time and number. */
export function reasonIn(log: string): string | undefined {
  const line = log
    .split('\n')
    .filter((each) => /\[(emerg|alert)\]/.test(each))
    .at(-1);
  return line?.replace(/^.*\[(emerg|alert)\]\s*(\d+#\d+:\s*)?/, '').trim();
}
