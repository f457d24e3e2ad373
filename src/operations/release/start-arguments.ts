import { PreconditionError } from '../../core/errors.js';
import { exists } from '../../remote/files.js';
import { releaseDir, serviceDir } from '../../remote/layout.js';
import { parseListen, RELEASE, type Listen, type ReleaseArguments, type ServiceRecord } from '../../remote/release.js';
import type { OperationContext } from '../context.js';
import { bindAddress } from '../facts.js';

/** What PM2 was last given for a service on a host. */
export interface StartedWith {
  release?: string;
  instances: number;
  /** Undefined when the arguments name none. */
  listen?: Listen;
  also: Listen[];
  keys: boolean;
}

interface EcosystemApp {
  args: string[];
  instances: number;
  env: { FANOPS_RELEASE?: string };
}

/** The ecosystem file of a service, undefined when it has none: it is stopped, or never ran there. */
export async function startedWith(ctx: OperationContext, host: string, service: string): Promise<StartedWith | undefined> {
  const content = await (await ctx.transport(host)).getFile(`${serviceDir(service)}/ecosystem.json`);
  if (!content) return undefined;
  const [app] = (JSON.parse(content.toString('utf8')) as { apps: EcosystemApp[] }).apps;
  if (!app) return undefined;
  const after = (flag: string): string | undefined => (app.args.includes(flag) ? app.args[app.args.indexOf(flag) + 1] : undefined);
  const port = after('--port');
  const listen = port === undefined ? undefined : { port: Number(port), address: after('--host') ?? '127.0.0.1' };
  const also = app.args.flatMap((arg, at) => (app.args[at - 1] === '--also-listen' ? [parseListen(arg)] : []));
  return { release: app.env.FANOPS_RELEASE, instances: app.instances, listen, also, keys: app.args.includes('--keys') };
}

/**
 * What a release is started with, from its own folder. Of a release that an earlier version made: keys where it has them, and as many workers as it
 * has or had last, else as the fleet file says.
 * @throws PreconditionError when what lies there cannot be read
 */
export async function releaseArguments(
  ctx: OperationContext, { service, host, release, instances }: { service: string; host: string; release: string; instances?: number },
): Promise<ReleaseArguments> {
  const base = releaseDir(service, release);
  const transport = await ctx.transport(host);
  const content = await transport.getFile(`${base}/${RELEASE.process}`);
  if (content) {
    try {
      return JSON.parse(content.toString('utf8')) as ReleaseArguments;
    } catch (error) {
      throw new PreconditionError(`${base}/${RELEASE.process} on ${host} is no JSON.`, {
        where: host, cause: error, hint: 'A new release has it anew.', nextSteps: [`fanops deploy ${service}`],
      });
    }
  }
  const keys = (await transport.run({ argv: exists(`${base}/${RELEASE.keys}`) })).code === 0;
  const last = await startedWith(ctx, host, service);
  return { instances: (last?.release === release ? last.instances : instances) ?? last?.instances ?? 1, keys };
}

/** Where the service listens on a host by its record there; of a record of an earlier version, by what PM2 was given. */
export async function listenOf(ctx: OperationContext, host: string, record: Pick<ServiceRecord, 'service' | 'port' | 'address'>): Promise<Listen> {
  const address = record.address ?? (await startedWith(ctx, host, record.service))?.listen?.address ?? (await bindAddress(ctx, host));
  return { address, port: record.port };
}
