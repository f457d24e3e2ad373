import semver from 'semver';
import { PreconditionError } from '../core/errors.js';
import type { HostFacts } from '../remote/host-facts.js';
import { defineStep, type LookIo, type StepDetail, type StepHandler } from '../core/step.js';
import type { Fleet } from '../fleet/fleet.js';
import type { HostTool } from '../platforms/contracts/module.js';
import type { EngineProgram } from '../routers/contracts/module.js';
import type { OperationContext } from './context.js';
import { hostFacts } from './facts.js';
import { unknownUntilReached } from './not-there.js';

/** Room for an app's dependencies and the runtime beside the source, in bytes. */
const ROOM = 200 << 20;
/** The functions host runs on Node 20; the router's program needs what Node 22 has. */
const APP_NODE = '>=20';
const ROUTER_NODE = '>=22';

const handler: StepHandler<OperationContext, { host: string; bytes: number }, StepDetail> = {
  async check(io) {
    const { host, bytes } = io.input;
    const fleet = await io.ctx.fleet();
    const { router } = fleet.config;
    const program = router?.host === host ? fleet.engine().program : undefined;
    const facts = await hostFacts(
      io.ctx,
      host,
      program && { command: program.command, argument: program.versions?.argument },
    );
    const { withNode, tools } = needsOf(fleet, host);
    const range = router?.host === host ? ROUTER_NODE : APP_NODE;
    const lacks = [
      ...(!withNode || semver.satisfies(facts.node, range)
        ? []
        : [`Node ${range} (${facts.node ? `it has ${facts.node}` : 'it has none'})`]),
      ...(!withNode || facts.npm ? [] : ['npm']),
      ...(!withNode || facts.pm2 ? [] : ['PM2']),
      ...(facts.tar ? [] : ['tar']),
    ];
    if (lacks.length > 0) {
      const owned = fleet.host(host).provider !== undefined;
      throw new PreconditionError(`Host ${host} lacks ${lacks.join(', ')}.`, {
        code: 'HOST_LACKS',
        where: host,
        nextSteps: [`fanops host ${owned ? 'provision' : 'bootstrap'} ${host}`],
      });
    }
    const versions = await versionsOf(io, host, tools);
    const lack = program && engineLack(program, facts);
    if (lack !== undefined) {
      throw new PreconditionError(`Host ${host} lacks ${lack}, the engine of the router.`, {
        code: 'HOST_LACKS',
        where: host,
        hint:
          `On Debian and Ubuntu: sudo apt-get install -y ${program?.package}. fanops runs one of ` +
          'its own: that of the system can be off.',
        ...(fleet.traits(host).bootstrap ? { nextSteps: [`fanops host bootstrap ${host}`] } : {}),
      });
    }
    const needed = bytes * 3 + ROOM;
    if (facts.freeKb * 1024 < needed) {
      throw new PreconditionError(
        `Host ${host} has ${megabytes(facts.freeKb * 1024)} free; the release needs about ${megabytes(needed)}.`,
        {
          code: 'DISK_FULL',
          where: host,
          hint: 'Free some space there.',
        },
      );
    }
    return {
      state: 'done',
      detail: [
        ...(withNode ? [`Node ${facts.node}`, `npm ${facts.npm}`, 'PM2'] : []),
        ...versions,
        `${megabytes(facts.freeKb * 1024)} free`,
      ].join(', '),
    };
  },
  async apply() {
    return {};
  },
  recheck: true,
};

/** What a host must have for the platforms that it is to run services on, and for the router. */
function needsOf(fleet: Fleet, host: string): { withNode: boolean; tools: HostTool[] } {
  const platforms = new Set(fleet.placementsOn(host).map(({ service, name }) => fleet.platform(service, name)));
  const own = [...platforms].map(({ tools }) => tools);
  const withNode = own.length === 0 || own.includes(undefined) || fleet.config.router?.host === host;
  return { withNode, tools: own.flatMap((tools) => tools ?? []) };
}

/** Name and version of each program. @throws PreconditionError (code HOST_LACKS) that names the way out */
async function versionsOf(
  { ctx, signal }: Pick<LookIo<OperationContext>, 'ctx' | 'signal'>,
  host: string,
  tools: readonly HostTool[],
): Promise<string[]> {
  const versions: string[] = [];
  const withBootstrap = (await ctx.fleet()).traits(host).bootstrap;
  for (const { name, probe, hint, task } of tools) {
    const { code, stdout, stderr } = await (await ctx.hosts.transport(host)).run({ argv: [...probe] }, { signal });
    if (code !== 0) {
      const why = stderr.trim().split('\n').at(-1) ?? '';
      throw new PreconditionError(`Host ${host} lacks ${name}${why ? `: ${why.replace(/\.$/, '')}` : ''}.`, {
        code: 'HOST_LACKS',
        where: host,
        hint,
        nextSteps: [task !== undefined && withBootstrap ? `fanops host bootstrap ${host}` : `fanops host ssh ${host}`],
      });
    }
    versions.push(`${name} ${stdout.trim()}`);
  }
  return versions;
}

/** Looks whether a host can run a release: what its platforms need, tar, free disk. Changes nothing. */
export const hostCheckStep = defineStep<OperationContext, { host: string; bytes: number }>('host.check', handler);

/** The same behind the steps that prepare a host: what it lacks before they have run is no error of a dry run. */
export const hostReadyStep = defineStep<OperationContext, { host: string; bytes: number }>(
  'host.ready',
  unknownUntilReached(handler, ['HOST_LACKS']),
);

/** What the engine of the router needs and the host has not. */
function engineLack({ name, versions }: EngineProgram, { program, programVersion }: HostFacts): string | undefined {
  if (!program) return name;
  if (!versions) return undefined;
  const version = semver.coerce(programVersion);
  return version && semver.satisfies(version, versions.range)
    ? undefined
    : `${name} ${versions.range} (it has ${programVersion || 'one that does not say its version'})`;
}

const megabytes = (bytes: number): string =>
  bytes > 10 << 30 ? `${Math.round(bytes / (1 << 30))} GiB` : `${Math.round(bytes / (1 << 20))} MiB`;
