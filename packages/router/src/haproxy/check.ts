import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { environment } from '../foreign/group.js';

/** Checks a configuration with `haproxy -c`, and leaves it as the draft. @throws {Error} with HAProxy's own line */
export async function checkConf(haproxy: string, dir: string, text: string, fds: readonly number[]): Promise<void> {
  const draft = 'haproxy.cfg.draft';
  await writeFile(`${dir}/${draft}`, text, { mode: 0o600 });
  const child = spawn(haproxy, ['-c', '-f', draft], {
    cwd: dir,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', ...fds, 'ignore'],
  });
  const [said, [code]] = await Promise.all([readAll(child.stderr!), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`HAProxy refuses the configuration: ${reasonIn(said) ?? said.trim()}`);
}

/** The first line with which HAProxy gave up, without its time and number. */
export function reasonIn(said: string): string | undefined {
  return said
    .split('\n')
    .find((line) => line.startsWith('[ALERT]'))
    ?.replace(/^\[ALERT\]\s*(\(\d+\)\s*:\s*)?(config : )?/, '')
    .trim();
}
