import { health, healthAnswer, type Health } from '#protocol';
import { FanopsError, messageOf } from '../../core/errors.js';
import { readLink, tailFiles } from '../../remote/files.js';
import { currentLink, serviceDir } from '../../remote/layout.js';
import type { Pm2Process } from '../../remote/pm2.js';
import { askHealth, serviceApp, type Listen } from '../../remote/release.js';
import type { OperationContext } from '../../kit/context.js';
import { functionsHostOn, protocolIn, readAnswer, readPrinted } from '../../kit/host-program.js';
import { ask } from '../../kit/on-host.js';
import { ownProcesses } from '../../kit/pm2-apps.js';

/** The PM2 processes of a service; not those of others that have its name. */
export const processesOf = (ctx: OperationContext, host: string, service: string): Promise<Pm2Process[]> =>
  ownProcesses(ctx, host, serviceApp(service));

/**
 * What a service answers when it is asked for its health from its own host; `problem` says why it is none that can be
 * read.
 */
export async function askHealthOf(
  ctx: OperationContext,
  { host, service }: { host: string; service: string },
  { address, port }: Listen,
): Promise<Health | { problem: string; protocol?: number }> {
  const target = address === '0.0.0.0' ? '127.0.0.1' : address;
  const printed = await ask(ctx, host, askHealth(target, port), 'The health could not be asked');
  const answer = readPrinted(host, 'The look at the health', healthAnswer, printed);
  if (answer.status === 0) return { problem: `no answer (${answer.body})` };
  if (answer.status !== 200) return { problem: `health ${answer.status}` };
  try {
    return readAnswer(ctx, functionsHostOn(host, service), health, answer.body);
  } catch (error) {
    if (!(error instanceof FanopsError)) throw error;
    if (error.code !== 'NEWER_PROGRAM') return { problem: 'another program answers' };
    return { problem: messageOf(error), protocol: protocolIn(answer.body) };
  }
}

/** What a release says of itself where it listens: `healthy`, or what is wrong. */
export async function healthAt(
  ctx: OperationContext,
  at: { host: string; service: string },
  listen: Listen,
  release: string,
): Promise<string> {
  const found = await askHealthOf(ctx, at, listen);
  if ('problem' in found) return found.problem;
  return found.release === release ? 'healthy' : `release ${found.release ?? 'unknown'} answers`;
}

/** The last log lines of a service, error log last. */
export async function lastLines(ctx: OperationContext, host: string, service: string, lines = 12): Promise<string> {
  const logs = `${serviceDir(service)}/logs`;
  return (
    await ask(ctx, host, tailFiles(lines, `${logs}/out.log`, `${logs}/error.log`), 'The logs could not be read')
  ).trimEnd();
}

/** The release that `current` points at. */
export async function currentRelease(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<string | undefined> {
  const target = (await ask(ctx, host, readLink(currentLink(service)), 'The current release could not be read')).trim();
  return target === '' ? undefined : target.split('/').at(-1);
}
