import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationContext } from '../../kit/context.js';
import { warn, type Finding } from './check.js';

/** What keeps a start-up file from printing where no terminal is, by the name of the shell. */
const GUARDS: Record<string, string> = {
  bash: 'case $- in *i*) ;; *) return ;; esac',
  zsh: '[[ -o interactive ]] || return',
  csh: 'if (! $?prompt) exit',
  tcsh: 'if (! $?prompt) exit',
  fish: 'status is-interactive; or return',
};

/**
 * A warning when the login shell prints text around commands, with the start-up file that does; undefined when it
 * prints none. fanops drops
 * such text, other programs that use SSH do not.
 * @param seen what else is to be said of the host.
 */
export async function startupText(
  ctx: OperationContext,
  host: string,
  user: string,
  seen: string,
): Promise<Finding | undefined> {
  const transport = await ctx.hosts.transport(host);
  const { before, after } = transport.foreignText?.()?.stdout ?? { before: '', after: '' };
  if (before === '' && after === '') return undefined;
  const script = await readFile(join(ctx.assets.templates, 'startup-files.sh'), 'utf8');
  const found = await transport.run({ argv: ['sh', '-c', script, 'startup-files', user] }, { signal: ctx.signal });
  const [, shell = '', path] = /^(\S+)(?: (.+))?$/.exec(found.stdout.trim()) ?? [];
  const { stdout: home } = await transport.run({ argv: ['sh', '-c', 'printf %s "$HOME"'] }, { signal: ctx.signal });
  const file = path !== undefined && home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
  const text = JSON.stringify((before || after).trim().split('\n')[0]?.slice(0, 60) ?? '');
  const who = file === undefined ? `the login shell of ${user}` : `${file} of ${user}`;
  return warn(
    `${seen}; ${who} on ${host} prints ${text} ${before === '' ? 'after' : 'before'} the output of ` +
      'every command (fanops drops it, scp, rsync and Ansible do not)',
    file === undefined
      ? `Look what the login shell of ${user} runs: getent passwd ${user}`
      : `Let ${file} print only in a terminal: ` +
          `${GUARDS[shell] ? `put \`${GUARDS[shell]}\` before what prints` : 'test -t 1'}`,
  );
}
