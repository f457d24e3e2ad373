import { FanopsError, messageOf } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { differences, differenceText } from '../drift/differences.js';
import { blocking, compareLive } from '../drift/require.js';
import { send } from '../migrate/compare.js';
import { healthOf } from '../../kit/health.js';
import { probedPlace, probeFinding, probeFrom, probeHint, silentText, type Probe } from '../../kit/probe.js';
import { routerShow, type RouterShow } from '../router/show.js';
import { check, fail, ok, skipped, warn, type Check, type Finding } from './check.js';

const ANSWER_MS = 10_000;
const APPLY = 'fanops router apply';

/** The router: does it run, and has it every route of the file. `reached`: its host answers. */
export async function routerChecks(ctx: OperationContext, fleet: Fleet, reached: boolean): Promise<Check[]> {
  const router = fleet.config.router;
  if (!router) return [];
  const running = { id: 'router/running', title: 'Router runs' };
  const routes = { id: 'router/routes', title: 'Router has every route' };
  const none = skipped(`host ${router.host} does not answer`);
  if (!reached)
    return [
      { ...running, ...none },
      { ...routes, ...none },
    ];
  let shown: Awaited<ReturnType<typeof routerShow>> | undefined;
  const first = await check(
    running.id,
    running.title,
    ctx.signal,
    async () => {
      shown = await routerShow(ctx);
      return shown.running
        ? ok(`on ${shown.host}, port ${shown.listen}`)
        : fail(`nothing runs on ${shown.host}`, APPLY, { kind: 'router', title: `Apply the router on ${shown.host}` });
    },
    APPLY,
  );
  const second = await check(
    routes.id,
    routes.title,
    ctx.signal,
    async () => {
      if (!shown) return skipped('the router could not be asked');
      const wanted = fleet.serviceNames().filter((service) => fleet.service(service).route);
      const found = await Promise.all(wanted.map((service) => outOfDate(ctx, service)));
      const differing = found.flatMap((each) => each ?? []);
      const left = shown.routes.filter(({ service }) => !wanted.includes(service)).map(({ service }) => service);
      if (differing.length === 0 && left.length > 0)
        return warn(`${left.join(', ')}: routed, and without a route in the fleet file`, APPLY);
      return differing.length === 0
        ? ok(wanted.join(', ') || 'none is wanted')
        : fail(`missing or out of date: ${differing.map(({ text }) => text).join('; ')}`, differing[0]?.next ?? APPLY);
    },
    APPLY,
  );
  return [first, second, ...(await answerChecks(ctx, router.host, shown))];
}

/** Everybody who has traffic, asked from the router host as its engine would reach him. */
async function answerChecks(ctx: OperationContext, host: string, shown: RouterShow | undefined): Promise<Check[]> {
  if (!shown)
    return [
      await check('traffic', 'Placements with traffic answer the router', ctx.signal, () => allAnswer(ctx, host)),
    ];
  const loaded = shown.routes.flatMap(({ service, placements }) =>
    placements.filter(({ weight }) => weight > 0).map((each) => ({ service, ...each })),
  );
  if (loaded.length === 0) return [];
  // One question for all; each check tells its own part of the answer, or why there is none.
  const asked = probeFrom(ctx, host, { timeoutMs: ANSWER_MS });
  asked.catch(() => undefined);
  return Promise.all(
    loaded.map(({ service, name, weight, targets = [] }) =>
      check(`traffic/${service}/${name}`, `${service} answers the router on ${name}`, ctx.signal, async () => {
        const found = (await asked).filter((each) => each.service === service && each.placement === name);
        const probe = found.find(({ ok: answers }) => !answers) ?? found[0];
        if (!probe) return skipped('its route changed meanwhile');
        const left = targets.filter(({ down }) => down).map((target) => target.name);
        return probe.ok && left.length > 0
          ? warn(`nobody is sent to ${left.join(', ')}: the last change left it out`, `fanops deploy ${service}`)
          : answerFinding(host, probe, weight);
      }),
    ),
  );
}

/** The same where the routes could not be shown: the router's program knows them. */
async function allAnswer(ctx: OperationContext, host: string): Promise<Finding> {
  const probes = await probeFrom(ctx, host, { timeoutMs: ANSWER_MS });
  const silent = probes.filter((probe) => !probe.ok);
  const [first] = silent;
  if (!first)
    return ok(probes.map((probe) => `${probe.service} on ${probedPlace(probe)}`).join(', ') || 'nobody has traffic');
  return fail(silent.map((probe) => silentText(host, probe)).join('; '), probeHint(host, first));
}

function answerFinding(host: string, probe: Probe, weight: number): Finding {
  if (probe.ok) return ok(`${probe.request} answers ${probe.status}, ${weight} % of the traffic`);
  return fail(
    probe.target === undefined
      ? `${weight} % of the traffic goes there, and ${host} gets: ${probeFinding(probe)}`
      : `the target ${probe.target} does not answer: ${host} gets ${probeFinding(probe)}`,
    probeHint(host, probe),
  );
}

/** In what a service differs from the fleet file, and the command that settles it; undefined when it does not. */
async function outOfDate(ctx: OperationContext, service: string): Promise<{ text: string; next: string } | undefined> {
  const { live, compared } = await compareLive(ctx, service);
  const found = differences(compared).filter(
    ({ source, placement }) => source === 'route' || (source !== 'release' && placement && live.includes(placement)),
  );
  if (found.length === 0) return undefined;
  const [first] = blocking(compared, { receiving: live });
  return { text: `${service} (${found.map(differenceText).join(', ')})`, next: first?.next ?? APPLY };
}

/** Every address that somebody else runs, asked from this machine. */
export function addressChecks(ctx: OperationContext, fleet: Fleet): Promise<Check[]> {
  const apps = fleet
    .placements()
    .flatMap(({ service, name }) =>
      fleet
        .targets(service, name, (host) => host)
        .flatMap(({ host, url }) => (host === undefined ? [{ service, name, url }] : [])),
    );
  return Promise.all(
    apps.map(({ service, name, url }) =>
      check(
        `placement/${service}/${name}`,
        `${service} answers on ${name}`,
        ctx.signal,
        async () => {
          const path = healthOf(fleet, service)?.[name]?.path ?? '/';
          const { status } = await send(
            url,
            { path },
            AbortSignal.any([ctx.signal, AbortSignal.timeout(ANSWER_MS)]),
          ).catch((error: unknown) => {
            throw new FanopsError(`${url}${path} does not answer: ${reason(error)}`, { cause: error });
          });
          const seen = `${url}${path} answers ${status}`;
          return status < 500 ? ok(seen) : warn(seen, `Look at the log of the function app: curl -i ${url}${path}`);
        },
        `Publish the app, or correct services.${service}.placements.${name}.url: curl -i ${url}`,
      ),
    ),
  );
}

/** `fetch` puts what happened into the cause of its error. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return (cause as { code?: string } | undefined)?.code ?? messageOf(cause ?? error);
}
