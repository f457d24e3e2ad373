import {
  decode,
  ecosystemFile,
  MalformedError,
  releaseArguments as argumentsSchema,
  type EcosystemApp,
} from '#protocol';
import { PreconditionError } from '../../core/errors.js';
import { exists } from '../../remote/files.js';
import { releaseDir, serviceDir } from '../../remote/layout.js';
import { parseListen, RELEASE, type Listen, type ReleaseArguments, type ServiceRecord } from '../../remote/release.js';
import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { notOurs, REDEPLOY_HINT } from '../../kit/not-ours.js';

/** What PM2 was last given for a service on a host. */
export interface StartedWith {
  release?: string;
  instances: number;
  /** Undefined when the arguments name none. */
  listen?: Listen;
  also: Listen[];
  keys: boolean;
}

/** The app of an ecosystem file. @throws PreconditionError (code NOT_OURS) for what is none */
function appIn(host: string, path: string, text: string): EcosystemApp {
  try {
    const [app] = decode(ecosystemFile, text).apps;
    return app!;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw notOurs(host, `${path} is not what fanops writes there (${error.message})`, REDEPLOY_HINT);
  }
}

/**
 * The ecosystem file of a service, undefined when it has none: it is stopped, or never ran there.
 * @throws PreconditionError (code NOT_OURS) when the file is not one that fanops wrote
 */
export async function startedWith(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<StartedWith | undefined> {
  const path = `${serviceDir(service)}/ecosystem.json`;
  const content = await (await ctx.hosts.transport(host)).getFile(path);
  if (!content) return undefined;
  const app = appIn(host, path, content.toString('utf8'));
  const after = (flag: string): string | undefined =>
    app.args.includes(flag) ? app.args[app.args.indexOf(flag) + 1] : undefined;
  const port = after('--port');
  const listen = port === undefined ? undefined : { port: Number(port), address: after('--host') ?? '127.0.0.1' };
  const also = app.args.flatMap((arg, at) => (app.args[at - 1] === '--also-listen' ? [parseListen(arg)] : []));
  return { release: app.env.FANOPS_RELEASE, instances: app.instances, listen, also, keys: app.args.includes('--keys') };
}

/**
 * What a release is started with, from its own folder. Of a release that an earlier version made: keys where it has
 * them, and as many workers as it
 * has or had last, else as the fleet file says.
 * @throws PreconditionError when what lies there cannot be read, or the release is gone (code NO_RELEASE)
 */
export async function releaseArguments(
  ctx: OperationContext,
  { service, host, release, instances }: { service: string; host: string; release: string; instances?: number },
): Promise<ReleaseArguments> {
  const base = releaseDir(service, release);
  const transport = await ctx.hosts.transport(host);
  const content = await transport.getFile(`${base}/${RELEASE.process}`);
  if (content) {
    try {
      return decode(argumentsSchema, content.toString('utf8'));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw new PreconditionError(
        `${base}/${RELEASE.process} on ${host} is not what fanops writes there: ${error.message}.`,
        {
          where: host,
          cause: error,
          hint: 'A new release has it anew.',
          nextSteps: [`fanops deploy ${service}`],
        },
      );
    }
  }
  const isThere = async (path: string): Promise<boolean> => (await transport.run({ argv: exists(path) })).code === 0;
  if (!(await isThere(base))) {
    throw new PreconditionError(`Release ${release} of ${service} is not on ${host} any more: it cannot be started.`, {
      code: 'NO_RELEASE',
      where: host,
      hint: 'The undo of the run that made it, or a later deployment, removed it.',
      nextSteps: [`fanops migrate status ${service}`],
    });
  }
  const keys = await isThere(`${base}/${RELEASE.keys}`);
  const last = await startedWith(ctx, host, service);
  return { instances: (last?.release === release ? last.instances : instances) ?? last?.instances ?? 1, keys };
}

/**
 * Where the service listens on a host by its record there; of a record of an earlier version, by what PM2 was given.
 */
export async function listenOf(
  ctx: OperationContext,
  host: string,
  record: Pick<ServiceRecord, 'service' | 'port' | 'address'>,
): Promise<Listen> {
  const address =
    record.address ?? (await startedWith(ctx, host, record.service))?.listen?.address ?? (await bindAddress(ctx, host));
  return { address, port: record.port };
}
