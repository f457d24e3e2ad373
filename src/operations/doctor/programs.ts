import { readFile } from 'node:fs/promises';
import { ageOf, protocolOf } from '#protocol';
import type { OperationContext } from '../../kit/context.js';
import { ageText, functionsHostOn, routerProgramOn, UPDATE_HINT, type HostProgram } from '../../kit/host-program.js';
import type { Standing } from '../../remote/standing.js';
import { downOn } from '../host/standing.js';
import { findPlatformCapability } from '../../kit/platform.js';
import { appliedOn } from '../router/program-remote.js';
import { sha256 } from '../router/router-files.js';
import { check, fail, ok, warn, type Check, type Finding } from './check.js';

/** How a program of fanops on a host stands to this fanops. */
interface Seen {
  /** Name under PM2. */
  name: string;
  program: HostProgram;
  protocol: number;
  /** What is to be said although both speak the same revision. */
  remark?: string;
}

/**
 * Whether the programs of fanops that a host runs are of this fanops; no check where none runs. @param host one that
 * answers
 */
export async function programChecks(ctx: OperationContext, host: string): Promise<Check[]> {
  // What does not run, or tells nothing, is told by other checks.
  const running = await runningOn(ctx, host).catch(() => []);
  if (running.length === 0) return [];
  const title = `Host ${host} runs programs of this fanops`;
  return [await check(`host/${host}/programs`, title, ctx.signal, () => programsFinding(ctx, host, running))];
}

async function runningOn(ctx: OperationContext, host: string): Promise<Standing[]> {
  const { wanted, down } = await downOn(ctx, host);
  return wanted.filter(({ name }) => !down.some((each) => each.name === name));
}

async function programsFinding(ctx: OperationContext, host: string, running: readonly Standing[]): Promise<Finding> {
  const looks = running.map(({ kind, name }) =>
    kind === 'router' ? lookAtRouter(ctx, host, name) : lookAtService(ctx, host, name),
  );
  const seen = (await Promise.all(looks)).filter((each) => each !== undefined);
  const strange = seen.flatMap(({ program, protocol, remark }) => {
    const text = ageText(program, protocol) ?? remark;
    return text === undefined ? [] : [{ text, program, isNewer: ageOf(protocol) === 'newer' }];
  });
  const detail = strange.map(({ text }) => text).join('; ');
  if (strange.some(({ isNewer }) => isNewer)) return fail(detail, UPDATE_HINT);
  const [first] = strange;
  return first ? warn(detail, first.program.replace) : ok(seen.map(({ name }) => name).join(', '));
}

async function lookAtRouter(ctx: OperationContext, host: string, name: string): Promise<Seen | undefined> {
  const now = await appliedOn(ctx, host);
  if (!now) return undefined;
  const program = routerProgramOn(host);
  const own = sha256(await readFile(ctx.assets.router));
  // What lies on the host is what a restart brings; what runs may be the one before.
  const protocols = [protocolOf(now), ...(now.holder ? [protocolOf(now.holder)] : [])];
  const protocol = protocols.find((each) => ageOf(each) !== 'current') ?? protocolOf(now);
  const isOther = now.holder?.program !== undefined && now.holder.program !== own;
  return { name, program, protocol, ...(isOther && { remark: `${program.title} on ${host} is another build` }) };
}

async function lookAtService(ctx: OperationContext, host: string, service: string): Promise<Seen | undefined> {
  const placement = (await ctx.fleet()).placementsOn(host).find((each) => each.service === service)?.name;
  const releases = placement && (await findPlatformCapability(ctx, service, placement, 'releases'));
  const health = releases ? (await releases.health()).find((each) => each.host === host) : undefined;
  if (!health || ('problem' in health && health.protocol === undefined)) return undefined;
  return { name: service, program: functionsHostOn(host, service), protocol: protocolOf(health) };
}
