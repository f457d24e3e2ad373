import { FanopsError, messageOf } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { lookAhead } from '../../runs/look-ahead.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';
import { hostCheckStep } from '../../kit/host-check.js';
import { instancesOf } from '../host/instances.js';
import { downOn } from '../host/standing.js';
import { BASE } from '../../remote/layout.js';
import { logSizes } from '../../remote/service-log.js';
import { ask } from '../../kit/on-host.js';
import { startupText } from './login-shell.js';
import { check, fail, ok, skipped, warn, wayOut, type Check, type Finding } from './check.js';
import { leftOn, othersOn, twiceOn } from './others.js';
import { programChecks } from './programs.js';
import { removedChecks } from './removed.js';
import { readinessOn } from './unready.js';

const MAX_SKEW_MS = 5000;
/** MiB that the logs of a service may have: the one that is written and five rotated ones, of each stream. */
const LARGE_LOGS_MIB = 1000;

/** One host: is it there, does it answer, can it do its work. Each look needs the one before. */
export async function hostChecks(ctx: OperationContext, fleet: Fleet, host: string): Promise<Check[]> {
  const looks: [id: string, title: string, look: () => Promise<Finding>][] = [
    ['provisioned', 'is there', () => provisioned(ctx, fleet, host)],
    ['ssh', 'answers by SSH', () => reachable(ctx, host)],
    ['tools', 'has what a release needs', () => tools(ctx, host)],
    ['clock', 'has the right time', () => clock(ctx, host)],
    ['standing', 'runs what it is to run', () => standing(ctx, fleet, host)],
    ['logs', 'has logs of a bearable size', () => logs(ctx, host)],
  ];
  const checks: Check[] = [];
  for (const [id, title, look] of looks) {
    const gone = checks.find((each) => each.state === 'fail' && !each.id.endsWith('/tools'));
    const needed = gone
      ? (): Finding => skipped(`it needs a host that ${gone.title.slice(`Host ${host} `.length)}`)
      : look;
    checks.push(await check(`host/${host}/${id}`, `Host ${host} ${title}`, ctx.signal, needed));
  }
  const answers = checks.some(({ id, state }) => id.endsWith('/ssh') && (state === 'ok' || state === 'warn'));
  return answers
    ? [...checks, ...(await programChecks(ctx, host)), ...(await removedChecks(ctx, fleet, host))]
    : checks;
}

async function provisioned(ctx: OperationContext, fleet: Fleet, host: string): Promise<Finding> {
  if (!fleet.host(host).provider) return ok(`a machine that exists, ${fleet.host(host).address ?? ''}`);
  const { provider, instances } = await instancesOf(ctx, host);
  const state = (await instances.find(fleet.name, host))?.state ?? 'missing';
  if (state === 'running') return ok(`${provider}: running`);
  // To make a host, or to start one that is paid for, is the user's to say.
  const mend =
    fleet.traits(host).freeStart && state === 'stopped'
      ? { kind: 'host' as const, title: `Start host ${host}`, host }
      : undefined;
  return fail(`${provider}: ${state}`, `fanops host provision ${host}`, mend);
}

async function reachable(ctx: OperationContext, host: string): Promise<Finding> {
  const { user, system } = await hostFacts(ctx, host);
  const seen = `as ${user}, ${system}, host key as expected`;
  return (await startupText(ctx, host, user, seen)) ?? ok(seen);
}

/** The look that comes before each release: Node, npm, PM2, tar, free disk. */
async function tools(ctx: OperationContext, host: string): Promise<Finding> {
  const plan = { steps: [hostCheckStep.step('tools', '', { host, bytes: 0 }, { host })], facts: {} };
  try {
    const [looked] = await lookAhead(plan, ctx.stepTypes, ctx, ctx.signal);
    return ok(looked?.check.state === 'done' ? (looked.check.detail ?? '') : '');
  } catch (error) {
    if (!(error instanceof FanopsError) || !['HOST_LACKS', 'DISK_FULL'].includes(error.code)) throw error;
    if (error.code === 'DISK_FULL') return fail(messageOf(error), `fanops exec ${host} -- df -h`);
    return fail(messageOf(error), wayOut(error));
  }
}

/** By the host's own records, PM2's list, and what other platforms tell. */
async function standing(ctx: OperationContext, fleet: Fleet, host: string): Promise<Finding> {
  const { wanted, down } = await downOn(ctx, host);
  const other = await othersOn(ctx, fleet, host);
  if (other) return fail(messageOf(other).replace(/\.$/, ''), wayOut(other));
  const left = await leftOn(ctx, fleet, host);
  if (left)
    return fail(
      `${left.service} works in the background on ${left.placement} too, although it is on ${left.instead}`,
      `fanops migrate rollback ${left.service}`,
    );
  const twice = await twiceOn(ctx, fleet, host);
  if (twice)
    return fail(
      `timers and queue triggers of ${twice.service} run here and on ${twice.other}`,
      `fanops deploy ${twice.service}`,
    );
  const { ready, unready } = await readinessOn(ctx, fleet, host);
  if (unready) return fail(`${unready.service}: ${unready.detail}`, unready.next);
  const busy = down.find((each) => each.busy)?.busy;
  const idle = down.filter((each) => !each.busy);
  if (idle.length === 0)
    return ok(
      busy
        ? `run ${busy.run} is at work on it`
        : [...wanted.map(({ name }) => name), ...ready].join(', ') || 'nothing yet',
    );
  const taken = idle.find((each) => each.taken !== undefined);
  if (taken)
    return fail(
      `PM2 runs a process named ${taken.name} that fanops did not start (${taken.taken})`,
      `fanops exec ${host} -- pm2 describe ${taken.name}`,
    );
  const detail = `PM2 does not run ${idle.map(({ name }) => name).join(', ')}`;
  const { provider } = fleet.host(host);
  const title = `Start what host ${host} is to run`;
  // Provisioning a machine that fanops prepares is more than to start what it is to run.
  if (provider)
    return fail(detail, `fanops host provision ${host}`, {
      kind: fleet.traits(host).bootstrap ? 'standing' : 'host',
      title,
      host,
    });
  if (idle.some(({ kind }) => kind === 'router'))
    return fail(detail, 'fanops router apply', { kind: 'router', title: `Apply the router on ${host}` });
  return fail(detail, `fanops deploy ${idle[0]?.name ?? ''}`);
}

/**
 * Logs are rotated; what is larger was written by a release of an older fanops, or by something that PM2 keeps itself.
 */
async function logs(ctx: OperationContext, host: string): Promise<Finding> {
  const text = await ask(ctx, host, logSizes(BASE), 'The sizes of the logs could not be asked');
  const sizes = text
    .split('\n')
    .map((line) => /^(\d+)\s+(.+)$/.exec(line))
    .flatMap((match) => (match ? [{ mib: Number(match[1]) / 1024, dir: match[2] ?? '' }] : []));
  const large = sizes.filter(({ mib }) => mib > LARGE_LOGS_MIB);
  const total = Math.round(sizes.reduce((sum, { mib }) => sum + mib, 0));
  if (large.length === 0) return ok(`${total} MiB`);
  const fix =
    'Deploy the service anew, whose release rotates its logs then; or empty what is not ' +
    `needed: fanops exec ${host} -- sh -c ': > FILE'`;
  return warn(large.map(({ mib, dir }) => `${dir} has ${Math.round(mib)} MiB`).join(', '), fix);
}

/** Leases and logs are read with both clocks, so they must not be far apart. The host tells whole seconds. */
async function clock(ctx: OperationContext, host: string): Promise<Finding> {
  const before = ctx.io.clock.now();
  const there = Number(await ask(ctx, host, ['date', '+%s'], 'The time could not be asked')) * 1000 + 500;
  const after = ctx.io.clock.now();
  const skew = there - (before + after) / 2;
  const sure = Math.abs(skew) - 500 - (after - before) / 2;
  if (sure <= MAX_SKEW_MS) return ok('within 5 s of this machine');
  return warn(
    `${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine`,
    `fanops exec ${host} -- sudo timedatectl set-ntp true`,
  );
}
