import { readLink, tailFiles } from '../../remote/files.js';
import { currentLink, serviceDir, serviceRecord } from '../../remote/layout.js';
import type { Pm2Process } from '../../remote/pm2.js';
import { askHealth, serviceApp, type Listen, type ServiceRecord } from '../../remote/release.js';
import type { OperationContext } from '../context.js';
import { notOurs, SERVICE_HINT } from '../not-ours.js';
import { ask } from '../on-host.js';
import { ownProcesses } from '../pm2-apps.js';

/**
 * What runs on the host by its own record, or undefined when the service never ran there.
 * @throws PreconditionError (code NOT_OURS) when the file is not one that fanops wrote
 */
export async function readServiceRecord(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<ServiceRecord | undefined> {
  const content = await (await ctx.transport(host)).getFile(serviceRecord(service));
  if (!content) return undefined;
  const record = parseRecord(content.toString('utf8'));
  if (record) return record;
  throw notOurs(host, `${serviceRecord(service)} is not what fanops writes there`, SERVICE_HINT);
}

function parseRecord(text: string): ServiceRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<ServiceRecord> | null;
    const isRecord =
      typeof record?.service === 'string' && typeof record.release === 'string' && typeof record.port === 'number';
    return isRecord ? (record as ServiceRecord) : undefined;
  } catch {
    // Not JSON: nothing that fanops wrote.
    return undefined;
  }
}

/** The PM2 processes of a service; not those of others that have its name. */
export const processesOf = (ctx: OperationContext, host: string, service: string): Promise<Pm2Process[]> =>
  ownProcesses(ctx, host, serviceApp(service));

/** What a release says of itself where it listens: `healthy`, or what is wrong. */
export async function healthAt(
  ctx: OperationContext,
  host: string,
  { address, port }: Listen,
  release: string,
): Promise<string> {
  const target = address === '0.0.0.0' ? '127.0.0.1' : address;
  const answer = JSON.parse(await ask(ctx, host, askHealth(target, port), 'The health could not be asked')) as {
    status: number;
    body: string;
  };
  if (answer.status !== 200) return answer.status === 0 ? `no answer (${answer.body})` : `health ${answer.status}`;
  const health = parseHealth(answer.body);
  if (!health) return 'another program answers';
  return health.release === release ? 'healthy' : `release ${health.release ?? 'unknown'} answers`;
}

function parseHealth(body: string): { release?: string } | undefined {
  try {
    const health = JSON.parse(body) as { release?: string } | null;
    return typeof health === 'object' && health !== null ? health : undefined;
  } catch {
    return undefined; // of a program that is none of ours
  }
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
