import type { RouterApplyResult } from '../../operations/router/apply.js';
import type { RouterShow } from '../../operations/router/show.js';
import type { WeightResult } from '../../operations/router/weight.js';
import type { Style } from '../style.js';
import { fits, table } from '../table.js';
import { widthOf } from '../width.js';
import { count, nextSteps, notes } from './parts.js';
import { holesIn, TRAFFIC_HEAD, trafficCells, weightsText } from './traffic.js';

/** A route with one row for each placement; only the first row names the route. */
function routeRows(route: RouterShow['routes'][number], style: Style): string[][] {
  return route.placements.map((placement, index) => [
    index === 0 ? style.name(route.service) : '',
    index === 0 ? `${route.host ?? ''}${route.path}` : '',
    ...trafficCells(placement, route.stats, placement.name === route.placement, style),
    placement.url,
  ]);
}

/** Routes as one table; in a narrow terminal as one for each route, with the addresses below it. */
function routeTable(routes: RouterShow['routes'], style: Style, width: number): string {
  const all = table(
    ['SERVICE', 'PATH', ...TRAFFIC_HEAD, 'URL'],
    routes.flatMap((route) => routeRows(route, style)),
    style,
    Number.POSITIVE_INFINITY,
  );
  if (fits(all, width)) return all;
  return routes
    .map((route) =>
      [
        `${style.name(route.service)}  ${route.host ?? ''}${route.path}`,
        table(
          TRAFFIC_HEAD,
          route.placements.map((placement) =>
            trafficCells(placement, route.stats, placement.name === route.placement, style),
          ),
          style,
          width,
        ),
        ...route.placements.map(({ name, url }) => style.dim(`${name}: ${url}`)),
      ].join('\n'),
    )
    .join('\n\n');
}

export function renderRouter({ host, engine, listen, running, routes, missing }: RouterShow, style: Style): string {
  const state = running ? style.good('runs') : style.bad('does not run');
  return [
    `The ${engine} router ${state} on ${style.name(host)}, port ${listen}.`,
    '',
    routes.length > 0 ? routeTable(routes, style, widthOf(process.stdout)) : 'It has no routes.',
    ...(routes.length > 0 ? [style.dim('* placed there. Figures of the last ten minutes.')] : []),
    ...notes(
      [
        ...routes.flatMap((route) => holesIn(route.service, route.stats)),
        ...missing.map((service) => `${service} has a route in the fleet file and none on the router.`),
      ],
      style,
    ),
    ...nextSteps(
      !running || missing.length > 0 ? [['fanops router apply', 'brings the router to what the fleet file says']] : [],
      style,
    ),
  ].join('\n');
}

export function renderRouterApply(
  { run, host, engine, listen, services, changed }: RouterApplyResult,
  style: Style,
): string {
  const what = services.length > 0 ? `${count(services.length, 'service')}: ${services.join(', ')}` : 'no service yet';
  return [
    `${style.good('Done.')} The ${engine} router runs on ${style.name(host)}, port ${listen}, with ${what}.`,
    ...(changed.length > 0 ? changed.map((title) => `  ${title}`) : ['Nothing had to change.']),
    style.dim(`Run ${run}`),
    ...nextSteps([['fanops router show']], style),
  ].join('\n');
}

export function renderWeights({ run, service, placements }: WeightResult, style: Style): string {
  return [
    `${style.good('Done.')} ${style.name(service)}: ${weightsText(placements)}. Nothing watches them.`,
    style.dim(`Run ${run}`),
    ...nextSteps(
      [
        [`fanops migrate status ${service}`, 'shows the figures'],
        [`fanops runs undo ${run}`, 'puts the weights back'],
      ],
      style,
    ),
  ].join('\n');
}
