import type { Step } from '../../core/plan.js';
import { routerState } from '../../remote/layout.js';
import { removeRoute } from '../../remote/router-program.js';
import { timeoutSettings } from '../../fleet/timeouts.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { refuseTakenPort } from '../../kit/free-port.js';
import { mutateOk } from '../../kit/on-host.js';
import { requireSameReach } from './engine-probe.js';
import type { RouterWish } from './engine.js';
import { appliedOn, putRouteOn } from './program-remote.js';
import { keepSettings, presentSettings, restoreRoute, restoreSettings, type Settings } from './program-restore.js';
import { installStep } from './program-install.js';
import { startStep } from './program-start.js';
import { readRoute, writtenUnder, type Route } from '../../kit/route.js';
import { hashOf, routerFiles, sha256 } from './router-files.js';
import { mergeRoute, sameHealth, sameRoute } from './wanted-route.js';

/** Every engine that another one follows waits that long for its requests. */
const LEAVE_MS = 250_000;

/** The steps that bring the router's program to what the file wants. */
export async function programSteps(
  ctx: OperationContext,
  engine: string,
  { host, routes, extra }: RouterWish,
): Promise<Step[]> {
  const fleet = await ctx.fleet();
  const { listen: port, httpPort, tls, resolver, trustedProxies, ...router } = fleet.router();
  const [timeouts, drainMs] = [timeoutSettings(router.timeouts), fleet.longestDrainMs()];
  const address = router.address ?? (fleet.traits(host).network === 'loopback' ? '127.0.0.1' : '0.0.0.0');
  const files = await routerFiles(ctx);
  const wanted = {
    engine,
    listen: { address, port },
    ...(httpPort && { httpPort }),
    ...(tls && { tls: { redirect: tls.redirect ?? true } }),
    ...(resolver && { resolver }),
    ...(trustedProxies && { trustedProxies }),
    ...(timeouts && { timeouts }),
    ...(drainMs > LEAVE_MS && { drainMs }),
  };
  const settings = { ...wanted, mark: sha256(`${JSON.stringify(wanted)} ${await hashOf(ctx, files)}`).slice(0, 16) };
  return [
    installStep.step('install', 'Install the router', { host, files }, { host }),
    ...routes.map((route) =>
      routeStep.step(
        `route/${String(route.service)}`,
        `Route ${String(route.path)} to ${String(route.service)}`,
        { host, service: String(route.service), route, settings },
        { host },
      ),
    ),
    ...extra.map((service) =>
      unrouteStep.step(`remove/${service}`, `Remove the route of ${service}`, { host, service }, { host }),
    ),
    configureStep.step('configure', `Listen on ${address}:${port}`, { host, settings }, { host }),
    startStep.step('start', `Run the router under PM2`, { host, settings }, { host }),
  ];
}

export const configureStep = defineStep<OperationContext, { host: string; settings: Settings }, { before: string }>(
  'router.configure',
  {
    async check(io) {
      const present = await presentSettings(io.ctx, io.input.host);
      const { settings } = io.input;
      if (present && sortedText(present) === sortedText(settings)) return { state: 'done' };
      const shown = (from: Settings | undefined): string =>
        from ? `${from.engine} on ${from.listen.address}:${from.listen.port}` : 'nothing';
      const [before, after] = [shown(present), shown(settings)];
      return {
        state: 'change',
        changes: [before === after ? 'settings of the router' : `router: ${before} -> ${after}`],
      };
    },
    async apply(io) {
      const { host, settings } = io.input;
      const transport = await io.ctx.hosts.transport(host);
      const before = await presentSettings(io.ctx, host);
      if (!(await appliedOn(io.ctx, host))) {
        for (const port of [
          settings.listen.port,
          ...(typeof settings.httpPort === 'number' ? [settings.httpPort] : []),
        ]) {
          await refuseTakenPort(
            io.ctx,
            host,
            { ...settings.listen, port },
            port === settings.httpPort ? 'router.httpPort' : 'router.listen',
          );
        }
      }
      if (before) await requireSameReach(io.ctx, host, before, settings);
      const made =
        before && before.mark !== settings.mark
          ? await io.willMake(restoreSettings(host, before, settings.mark))
          : undefined;
      if (before) await keepSettings(io, host);
      await transport.putFile(`${JSON.stringify(settings)}\n`, routerState);
      await made?.();
      return { before: before ? `${JSON.stringify(before)}\n` : '' };
    },
    recheck: true,
  },
);

const sortedText = (settings: Settings): string =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));

export const routeStep = defineStep<
  OperationContext,
  { host: string; service: string; route: Route; /** Those that the router is about to get. */ settings?: Settings }
>('router.route', {
  async check(io) {
    const present = await readRoute(io.ctx, io.input.service);
    const next = mergeRoute(io.input.route, present);
    if (present && sameRoute(present, next) && sameHealth(present, next)) return { state: 'done' };
    const targets = next.placements
      .map((placement) => `${placement.name} ${placement.url} ${placement.weight} %`)
      .join(', ');
    const [before, after] = [present, next].map((each) => each && `${each.host ?? ''}${each.path}`);
    const left = before !== undefined && before !== after ? [`${before} is not routed any more`] : [];
    return { state: 'change', changes: [`${after} -> ${targets}`, ...left] };
  },
  async apply(io) {
    const { host, service, route, settings } = io.input;
    const present = await readRoute(io.ctx, service);
    const next = mergeRoute(route, present);
    const made = present?.run === io.runId ? undefined : await io.willMake(restoreRoute(host, service, present));
    await putRouteOn(
      io,
      host,
      { ...next, ...writtenUnder(io, host, service), run: io.runId, at: new Date(io.ctx.io.clock.now()).toISOString() },
      { settings },
    );
    await made?.();
  },
  // A watchdog may have put it back.
  recheck: true,
});

export const unrouteStep = defineStep<OperationContext, { host: string; service: string }>('router.unroute', {
  removes: true,
  async check(io) {
    const present = await readRoute(io.ctx, io.input.service);
    return present ? { state: 'change', changes: [`${present.path} is not routed any more`] } : { state: 'done' };
  },
  async apply(io) {
    const { host, service } = io.input;
    const present = await readRoute(io.ctx, service);
    const made = present && (await io.willMake(restoreRoute(host, service, present)));
    await mutateOk(io, host, removeRoute(service), 'The route could not be removed', { brief: true });
    await made?.();
  },
});
